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
  y = __torch__.gemm.forward(x, w)
  if torch.numel(b) > 0:
    y = torch.add_(y, b)
  return y


# Adds to the gradients of w and b, returns that of x.
def linear_backward(g: Tensor, x: Tensor, w: Tensor, gw: Tensor, gb: Tensor) -> Tensor:
  __torch__.gemm.accumulate(gw, g, x)
  if torch.numel(gb) > 0:
    total = torch.add_(gb, torch.sum(g, [0]))
  return __torch__.gemm.backward(g, w)


# qkv [N, (H + 2K) C] -> the same [N, H + 2K, C] with queries and keys normed and rotated
def turned(qkv: Tensor, l: int, weights: List[Tensor], shape: List[int], rotation: List[Tensor], eps: float) -> Tensor:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  H, K, C = __torch__.shape.heads(shape)
  both = H + K
  every = torch.view(qkv, [torch.size(qkv, 0), both + K, C])
  qk = torch.slice(every, 1, 0, both)  # [N, H + K, C]
  if torch.numel(query_norm) > 0:
    q = torch.rms_norm(torch.slice(qk, 1, 0, H), [C], query_norm, eps)
    k = torch.rms_norm(torch.slice(qk, 1, H, both), [C], key_norm, eps)
    qk = torch.cat([q, k], 1)
  if __torch__.shape.rotates(shape, l):
    qk = __torch__.train_layer.rotate(qk, rotation[0], rotation[1])
  return torch.cat([qk, torch.slice(every, 1, both, both + K)], 1)


# The way back of turned: g [N, H + 2K, C] -> [N, (H + 2K) C]
def turned_backward(g: Tensor, qkv: Tensor, l: int, weights: List[Tensor], gradients: List[Tensor], shape: List[int], rotation: List[Tensor], eps: float) -> Tensor:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  norm_g, qkv_wg, qkv_bg, query_norm_g, key_norm_g, out_wg, out_bg, mlp_norm_g, up_wg, up_bg, down_wg, down_bg = __torch__.train_weights.layer(gradients, l)
  H, K, C = __torch__.shape.heads(shape)
  n = torch.size(g, 0)
  both = H + K
  gqk = torch.slice(g, 1, 0, both)
  if __torch__.shape.rotates(shape, l):
    gqk = __torch__.train_layer.rotate(gqk, rotation[0], torch.neg(rotation[1]))
  if torch.numel(query_norm) > 0:
    every = torch.view(qkv, [n, both + K, C])
    q = torch.slice(every, 1, 0, H)
    k = torch.slice(every, 1, H, both)
    gq = __torch__.train_layer.norm_backward(torch.slice(gqk, 1, 0, H), q, query_norm, query_norm_g, eps)
    gk = __torch__.train_layer.norm_backward(torch.slice(gqk, 1, H, both), k, key_norm, key_norm_g, eps)
    gqk = torch.cat([gq, gk], 1)
  all = torch.cat([gqk, torch.slice(g, 1, both, both + K)], 1)
  return torch.view(all, [n, (both + K) * C])


def forward(x: Tensor, l: int, weights: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], rotation: List[Tensor], masks: List[Tensor], eps: float, keep: bool, tape: List[Tensor]) -> Tensor:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  h = torch.rms_norm(x, [torch.size(x, 1)], norm, eps)
  qkv = __torch__.train_layer.linear(h, qkv_w, qkv_b)  # [N, (H + 2K) C]
  every = __torch__.train_layer.turned(qkv, l, weights, shape, rotation, eps)
  kind = __torch__.shape.kind(shape, l)
  a, prompts, rows = __torch__.train_attention.forward(every, batch, sizes, shape, masks[2 * kind], masks[2 * kind + 1])
  x1 = torch.add_(__torch__.train_layer.linear(a, out_w, out_b), x)
  h = torch.rms_norm(x1, [torch.size(x, 1)], mlp_norm, eps)
  both = __torch__.train_layer.linear(h, up_w, up_b)  # [N, 2F]
  f = torch.size(both, 1) // 2
  z = torch.mul(torch.silu(torch.slice(both, 1, 0, f)), torch.slice(both, 1, f, 2 * f))
  if keep:
    for kept in [x, qkv, a, prompts, rows, x1, both]:
      tape = torch.append(tape, kept)
  return torch.add_(__torch__.train_layer.linear(z, down_w, down_b), x1)


# g: the gradient of the layer's output [N, D] -> that of its input
def backward(g: Tensor, l: int, weights: List[Tensor], gradients: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], rotation: List[Tensor], masks: List[Tensor], eps: float, tape: List[Tensor]) -> Tensor:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  norm_g, qkv_wg, qkv_bg, query_norm_g, key_norm_g, out_wg, out_bg, mlp_norm_g, up_wg, up_bg, down_wg, down_bg = __torch__.train_weights.layer(gradients, l)
  x, qkv, a, prompts, rows, x1, both = torch.slice(tape, 2 + 7 * l, 9 + 7 * l)
  f = torch.size(both, 1) // 2
  gate = torch.slice(both, 1, 0, f)
  up = torch.slice(both, 1, f, 2 * f)
  open = torch.silu(gate)
  gz = __torch__.train_layer.linear_backward(g, torch.mul(open, up), down_w, down_wg, down_bg)
  ggate = ops.aten.silu_backward(torch.mul(gz, up), gate)
  gboth = torch.cat([ggate, torch.mul_(open, gz)], 1)  # [N, 2F]
  h = torch.rms_norm(x1, [torch.size(x1, 1)], mlp_norm, eps)
  gh = __torch__.train_layer.linear_backward(gboth, h, up_w, up_wg, up_bg)
  g = torch.add_(__torch__.train_layer.norm_backward(gh, x1, mlp_norm, mlp_norm_g, eps), g)
  ga = __torch__.train_layer.linear_backward(g, a, out_w, out_wg, out_bg)
  every = __torch__.train_layer.turned(qkv, l, weights, shape, rotation, eps)
  kind = __torch__.shape.kind(shape, l)
  gevery = __torch__.train_attention.backward(ga, every, a, prompts, rows, batch, sizes, shape, masks[2 * kind], masks[2 * kind + 1])
  gqkv = __torch__.train_layer.turned_backward(gevery, qkv, l, weights, gradients, shape, rotation, eps)
  h = torch.rms_norm(x, [torch.size(x, 1)], norm, eps)
  gh = __torch__.train_layer.linear_backward(gqkv, h, qkv_w, qkv_wg, qkv_bg)
  return torch.add_(__torch__.train_layer.norm_backward(gh, x, norm, norm_g, eps), g)
