# The shape of a decoder as DecoderShape.java writes it:
# [L, H, K, C, kinds of windows, their widths (0: all), then per layer: 1 if it rotates, kind of its window]


def layers(shape: List[int]) -> int:
  return shape[0]


# H, K, C
def heads(shape: List[int]) -> Tuple[int, int, int]:
  return (shape[1], shape[2], shape[3])


def kinds(shape: List[int]) -> int:
  return shape[4]


def window(shape: List[int], kind: int) -> int:
  return shape[5 + kind]


def rotates(shape: List[int], l: int) -> bool:
  return shape[5 + shape[4] + 2 * l] > 0


def kind(shape: List[int], l: int) -> int:
  return shape[6 + shape[4] + 2 * l]
