# One decoder layer, forwards and backwards. Its tape: x [N, D], qkv [N, (H + 2K) C] before norms and rotation,
# attention's result [N, H C], its log-sum-exps of prompts and rows, x after attention [N, D], gate and up [N, 2F].


def rotation(positions: Tensor, frequencies: Tensor) -> List[Tensor]:
  angles = torch.outer(torch.to(positions, 6), frequencies)  # [N, C / 2]
  cos = torch.cos(angles)
  sin = torch.sin(angles)
  return [torch.unsqueeze(torch.cat([cos, cos], 1), 1), torch.unsqueeze(torch.cat([torch.neg(sin), sin], 1), 1)]


# x [N, heads, C] times cos plus its swapped halves times sin
def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  c = torch.size(x, 2)
  turned = torch.cat([torch.slice(x, 2, c // 2, c), torch.slice(x, 2, 0, c // 2)], 2)
  return torch.addcmul(torch.mul(x, cos), turned, sin)


# y = x rstd w: adds to the gradient of w [D], returns that of x [.., D]
def norm_backward(g: Tensor, x: Tensor, w: Tensor, gw: Tensor, eps: float) -> Tensor:
  d = torch.size(x, -1)
  rstd = torch.rsqrt(torch.add(torch.mean(torch.mul(x, x), [-1], True), eps))  # [.., 1]
  y = torch.mul(x, rstd)
  total = torch.add_(gw, torch.sum(torch.view(torch.mul(g, y), [-1, d]), [0]))
  gy = torch.mul(g, w)
  inner = torch.mean(torch.mul(gy, y), [-1], True)
  return torch.mul_(torch.sub_(gy, torch.mul_(y, inner)), rstd)


def linear(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
  y = __torch__.products.forward(x, w)
  if torch.numel(b) > 0:
    y = torch.add_(y, b)
  return y


# Adds to the gradients of w and b, returns that of x.
def linear_backward(g: Tensor, x: Tensor, w: Tensor, gw: Tensor, gb: Tensor) -> Tensor:
  __torch__.products.accumulate(gw, g, x)
  if torch.numel(gb) > 0:
    total = torch.add_(gb, torch.sum(g, [0]))
  return __torch__.products.backward(g, w)


# qkv [N, (H + 2K) C] -> the same [N, H + 2K, C] with queries and keys normed and rotated
def turned(qkv: Tensor, l: int, weights: List[Tensor], shape: List[int], rotation: List[Tensor], eps: float) -> Tensor:
  o = 5 + l * 12
  heads = shape[1]
  both = heads + shape[2]
  every = torch.view(qkv, [torch.size(qkv, 0), both + shape[2], shape[3]])
  qk = torch.slice(every, 1, 0, both)  # [N, H + K, C]
  if torch.numel(weights[o + 3]) > 0:
    q = torch.rms_norm(torch.slice(qk, 1, 0, heads), [shape[3]], weights[o + 3], eps)
    k = torch.rms_norm(torch.slice(qk, 1, heads, both), [shape[3]], weights[o + 4], eps)
    qk = torch.cat([q, k], 1)
  if shape[5 + shape[4] + 2 * l] > 0:
    qk = __torch__.layers.rotate(qk, rotation[0], rotation[1])
  return torch.cat([qk, torch.slice(every, 1, both, both + shape[2])], 1)


# The way back of turned: g [N, H + 2K, C] -> [N, (H + 2K) C]
def turned_backward(g: Tensor, qkv: Tensor, l: int, weights: List[Tensor], gradients: List[Tensor], shape: List[int], rotation: List[Tensor], eps: float) -> Tensor:
  o = 5 + l * 12
  n = torch.size(g, 0)
  heads = shape[1]
  both = heads + shape[2]
  gqk = torch.slice(g, 1, 0, both)
  if shape[5 + shape[4] + 2 * l] > 0:
    gqk = __torch__.layers.rotate(gqk, rotation[0], torch.neg(rotation[1]))
  if torch.numel(weights[o + 3]) > 0:
    every = torch.view(qkv, [n, both + shape[2], shape[3]])
    q = torch.slice(every, 1, 0, heads)
    k = torch.slice(every, 1, heads, both)
    gq = __torch__.layers.norm_backward(torch.slice(gqk, 1, 0, heads), q, weights[o + 3], gradients[o + 3], eps)
    gk = __torch__.layers.norm_backward(torch.slice(gqk, 1, heads, both), k, weights[o + 4], gradients[o + 4], eps)
    gqk = torch.cat([gq, gk], 1)
  all = torch.cat([gqk, torch.slice(g, 1, both, both + shape[2])], 1)
  return torch.view(all, [n, (both + shape[2]) * shape[3]])


def forward(x: Tensor, l: int, weights: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], rotation: List[Tensor], masks: List[Tensor], eps: float, keep: bool, tape: List[Tensor]) -> Tensor:
  o = 5 + l * 12
  h = torch.rms_norm(x, [torch.size(x, 1)], weights[o], eps)
  qkv = __torch__.layers.linear(h, weights[o + 1], weights[o + 2])  # [N, (H + 2K) C]
  every = __torch__.layers.turned(qkv, l, weights, shape, rotation, eps)
  window = shape[6 + shape[4] + 2 * l]
  a, prompts, rows = __torch__.attention.forward(every, batch, sizes, shape, masks[2 * window], masks[2 * window + 1])
  x1 = torch.add_(__torch__.layers.linear(a, weights[o + 5], weights[o + 6]), x)
  h = torch.rms_norm(x1, [torch.size(x, 1)], weights[o + 7], eps)
  both = __torch__.layers.linear(h, weights[o + 8], weights[o + 9])  # [N, 2F]
  f = torch.size(both, 1) // 2
  z = torch.mul(torch.silu(torch.slice(both, 1, 0, f)), torch.slice(both, 1, f, 2 * f))
  if keep:
    for kept in [x, qkv, a, prompts, rows, x1, both]:
      tape = torch.append(tape, kept)
  return torch.add_(__torch__.layers.linear(z, weights[o + 10], weights[o + 11]), x1)


# g: the gradient of the layer's output [N, D] -> that of its input
def backward(g: Tensor, l: int, weights: List[Tensor], gradients: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], rotation: List[Tensor], masks: List[Tensor], eps: float, tape: List[Tensor]) -> Tensor:
  o = 5 + l * 12
  t = 2 + l * 7
  both = tape[t + 6]  # [N, 2F]
  f = torch.size(both, 1) // 2
  gate = torch.slice(both, 1, 0, f)
  up = torch.slice(both, 1, f, 2 * f)
  open = torch.silu(gate)
  gz = __torch__.layers.linear_backward(g, torch.mul(open, up), weights[o + 10], gradients[o + 10], gradients[o + 11])
  ggate = ops.aten.silu_backward(torch.mul(gz, up), gate)
  gboth = torch.cat([ggate, torch.mul_(open, gz)], 1)  # [N, 2F]
  x1 = tape[t + 5]
  h = torch.rms_norm(x1, [torch.size(x1, 1)], weights[o + 7], eps)
  gh = __torch__.layers.linear_backward(gboth, h, weights[o + 8], gradients[o + 8], gradients[o + 9])
  g = torch.add_(__torch__.layers.norm_backward(gh, x1, weights[o + 7], gradients[o + 7], eps), g)
  a = tape[t + 2]
  ga = __torch__.layers.linear_backward(g, a, weights[o + 5], gradients[o + 5], gradients[o + 6])
  qkv = tape[t + 1]
  every = __torch__.layers.turned(qkv, l, weights, shape, rotation, eps)
  window = shape[6 + shape[4] + 2 * l]
  gevery = __torch__.attention.backward(ga, every, a, tape[t + 3], tape[t + 4], batch, sizes, shape, masks[2 * window], masks[2 * window + 1])
  gqkv = __torch__.layers.turned_backward(gevery, qkv, l, weights, gradients, shape, rotation, eps)
  x = tape[t]
  h = torch.rms_norm(x, [torch.size(x, 1)], weights[o], eps)
  gh = __torch__.layers.linear_backward(gqkv, h, weights[o + 1], gradients[o + 1], gradients[o + 2])
  return torch.add_(__torch__.layers.norm_backward(gh, x, weights[o], gradients[o], eps), g)
