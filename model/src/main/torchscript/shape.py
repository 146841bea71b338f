# The shape of a decoder as DecoderShape.java writes it:
# [L, H, K, C, kinds of windows, their widths (0: all), then per layer: 0 if it does not rotate, else 1 + kind of its
# rotation, and kind of its window; then kinds of rotations, 1 if norms multiply by 1 + weight, activation,
# experts E (0: one MLP), experts of a token, 1 if their weights are normalised]
# (behind them, with an adapter, its dropout: see train_adapter.py) and its numbers: [eps of norms, factor of embeddings, factor of scores, cap of scores, cap of logits (0: none), then
# per kind of rotation the factor of cos and sin]


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


# kind of the rotation of a layer that rotates
def rotation(shape: List[int], l: int) -> int:
  return shape[5 + shape[4] + 2 * l] - 1


# What is the same in all layers.
def style(shape: List[int], i: int) -> int:
  return shape[5 + shape[4] + 2 * shape[0] + i]


def rotations(shape: List[int]) -> int:
  return __torch__.shape.style(shape, 0)


# Whether norms multiply by 1 + weight.
def offset(shape: List[int]) -> bool:
  return __torch__.shape.style(shape, 1) > 0


# 0: silu(gate) up, 1: gelu(gate) up, 2: gelu(up)
def activation(shape: List[int]) -> int:
  return __torch__.shape.style(shape, 2)


# E, experts of a token, whether their weights add up to 1
def experts(shape: List[int]) -> Tuple[int, int, bool]:
  return (__torch__.shape.style(shape, 3), __torch__.shape.style(shape, 4), __torch__.shape.style(shape, 5) > 0)


def eps(numbers: List[float]) -> float:
  return numbers[0]


# Of embeddings.
def width_factor(numbers: List[float]) -> float:
  return numbers[1]


# Of attention scores.
def score_factor(numbers: List[float]) -> float:
  return numbers[2]


def score_cap(numbers: List[float]) -> float:
  return numbers[3]


def logit_cap(numbers: List[float]) -> float:
  return numbers[4]


# Of cos and sin.
def rotation_factor(numbers: List[float], kind: int) -> float:
  return numbers[5 + kind]
