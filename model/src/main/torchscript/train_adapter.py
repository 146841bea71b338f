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


# The inverted dropout of x [N, I] for projection i of layer l: a number is 0 with the probability p and divided by 1 - p
# otherwise. The mask is a function of the pass's seed, l and i alone, so a backward pass makes it again. Shape ends with
# p in units of 2^-24, 0 but in training, and the seed.
def drop(x: Tensor, l: int, i: int, shape: List[int]) -> Tensor:
  units = shape[len(shape) - 2]
  if units > 0:
    p = units / 16777216
    generator = torch.Generator(device="cpu", seed=67280421310721)
    seeded = torch.manual_seed(generator, shape[len(shape) - 1] * 1000003 + 7 * l + i)
    u = torch.rand([torch.size(x, 0), torch.size(x, 1)], generator=generator)
    x = torch.mul_(torch.mul(x, torch.ge(u, p)), 1. / (1. - p))
  return x


# y [N, O], changed in place, of the stack of projections [first, end) of x [N, I].
def forward(y: Tensor, x: Tensor, weights: List[Tensor], l: int, first: int, end: int, shape: List[int]) -> Tensor:
  pairs = __torch__.train_adapter.own(weights, l, first, end, shape)
  for i in range(len(pairs) // 2):
    a = pairs[2 * i]
    b = pairs[2 * i + 1]
    if torch.numel(a) > 0:
      at = __torch__.train_adapter.start(i, first, torch.size(y, 1), shape)
      kept = __torch__.train_adapter.drop(x, l, first + i, shape)
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
      kept = __torch__.train_adapter.drop(x, l, first + i, shape)
      low = torch.mul_(torch.matmul(kept, torch.t(a)), factor)  # [N, r]
      total = torch.addmm_(pairs_g[2 * i + 1], torch.t(own), low)
      low_g = torch.mul_(torch.matmul(own, b), factor)  # [N, r]
      total = torch.addmm_(pairs_g[2 * i], torch.t(low_g), kept)
      if shape[len(shape) - 2] > 0:
        gx = torch.add_(gx, __torch__.train_adapter.drop(torch.matmul(low_g, a), l, first + i, shape))
      else:
        gx = torch.addmm_(gx, low_g, a)
  return gx
