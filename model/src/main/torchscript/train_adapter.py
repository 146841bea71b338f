# Low-rank adapters: y += factor B (A drop(x)) for the projections that have one. Behind a model's weights lie A [r, I] and
# B [O, r] of q, k, v, output, gate, up and down of each layer, empty where there is none, then the factor [1]; a model
# without adapters has none of it. Gradients are listed likewise, without the factor; those of a frozen model are empty.


# A, B of the projections [first, end) of a layer, of the 7 in that order.
def own(weights: List[Tensor], l: int, first: int, end: int, shape: List[int]) -> List[Tensor]:
  start = 7 + 17 * __torch__.shape.layers(shape) + 14 * l
  return torch.slice(weights, start + 2 * first, start + 2 * end)


# Where the outputs of projection i of a stack begin, in that of O outputs.
def start(i: int, first: int, outputs: int, shape: List[int]) -> int:
  H, K, C = __torch__.shape.heads(shape)
  at = 0
  if first == 0 and i > 0:
    at = (H + (i - 1) * K) * C
  elif i > 0:
    at = outputs // 2
  return at


# What x [N, I] of projection i of layer l is multiplied by: the mask of inverted dropout, 0 with the probability p and
# 1 / (1 - p) otherwise, a function of the pass's seed, l and i alone. Shape ends with p in units of 2^-24, 0 but in
# training, and the seed. A generator with a constant seed would be made once and shared by all threads.
def mask(x: Tensor, l: int, i: int, shape: List[int]) -> Tensor:
  p = shape[len(shape) - 2] / 16777216
  seed = shape[len(shape) - 1] * 1000003 + 7 * l + i
  generator = torch.Generator(device="cpu", seed=seed)
  seeded = torch.manual_seed(generator, seed)
  u = torch.rand([torch.size(x, 0), torch.size(x, 1)], generator=generator)
  return torch.mul(torch.ge(u, p), 1. / (1. - p))


def drops(shape: List[int]) -> bool:
  return shape[len(shape) - 2] > 0


# y [N, O], changed in place, of the stack of projections [first, end) of x [N, I].
def forward(y: Tensor, x: Tensor, weights: List[Tensor], l: int, first: int, end: int, shape: List[int]) -> Tensor:
  pairs = __torch__.train_adapter.own(weights, l, first, end, shape)
  for i in range(len(pairs) // 2):
    a = pairs[2 * i]
    b = pairs[2 * i + 1]
    if torch.numel(a) > 0:
      at = __torch__.train_adapter.start(i, first, torch.size(y, 1), shape)
      kept = x
      if __torch__.train_adapter.drops(shape):
        kept = torch.mul(x, __torch__.train_adapter.mask(x, l, first + i, shape))
      low = torch.mul_(torch.matmul(kept, torch.t(a)), weights[len(weights) - 1])  # [N, r]
      total = torch.addmm_(torch.slice(y, 1, at, at + torch.size(b, 0)), low, torch.t(b))
  return y


# Adds to the gradients of A and B, and to that of x, gx [N, I], which is changed in place; g: that of y [N, O].
def backward(gx: Tensor, g: Tensor, x: Tensor, weights: List[Tensor], gradients: List[Tensor], l: int, first: int, end: int, shape: List[int]) -> Tensor:
  pairs = __torch__.train_adapter.own(weights, l, first, end, shape)
  pairs_g = __torch__.train_adapter.own(gradients, l, first, end, shape)
  for i in range(len(pairs) // 2):
    a = pairs[2 * i]
    b = pairs[2 * i + 1]
    if torch.numel(a) > 0:
      at = __torch__.train_adapter.start(i, first, torch.size(g, 1), shape)
      factor = weights[len(weights) - 1]
      own = torch.slice(g, 1, at, at + torch.size(b, 0))  # [N, O of the projection]
      kept = x
      kept_by = x
      if __torch__.train_adapter.drops(shape):
        kept_by = __torch__.train_adapter.mask(x, l, first + i, shape)
        kept = torch.mul(x, kept_by)
      low = torch.mul_(torch.matmul(kept, torch.t(a)), factor)  # [N, r]
      total = torch.addmm_(pairs_g[2 * i + 1], torch.t(own), low)
      low_g = torch.mul_(torch.matmul(own, b), factor)  # [N, r]
      total = torch.addmm_(pairs_g[2 * i], torch.t(low_g), kept)
      if __torch__.train_adapter.drops(shape):
        gx = torch.addcmul_(gx, torch.matmul(low_g, a), kept_by)
      else:
        gx = torch.addmm_(gx, low_g, a)
  return gx
