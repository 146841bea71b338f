# One decoder layer, forwards and backwards. Its tape: x [N, D], qkv [N, (H + 2K) C] before norms and rotation,
# attention's result [N, H C], its log-sum-exps of prompts and rows, x after attention [N, D], gate and up [N, 2F].


# Per kind of rotation cos and sin [N, 1, C] of the angles, the sign of the rotation in sin.
def rotation(positions: Tensor, frequencies: Tensor, shape: List[int], numbers: List[float]) -> List[Tensor]:
  all = annotate(List[Tensor], [])
  kinds = __torch__.shape.rotations(shape)
  half = torch.size(frequencies, 0) // kinds
  for kind in range(kinds):
    angles = torch.outer(torch.to(positions, 6), torch.slice(frequencies, 0, kind * half, (kind + 1) * half))  # [N, C / 2]
    cos = torch.cos(angles)
    sin = torch.sin(angles)
    factor = __torch__.shape.rotation_factor(numbers, kind)
    if factor != 1.:
      cos = torch.mul_(cos, factor)
      sin = torch.mul_(sin, factor)
    all = torch.append(all, torch.unsqueeze(torch.cat([cos, cos], 1), 1))
    all = torch.append(all, torch.unsqueeze(torch.cat([torch.neg(sin), sin], 1), 1))
  return all


# x [N, heads, C] times cos plus its swapped halves times sin; channels beyond those of cos stay as they are
def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  c = torch.size(cos, 2)
  part = x
  if c < torch.size(x, 2):
    part = torch.slice(x, 2, 0, c)
  turned = torch.cat([torch.slice(part, 2, c // 2, c), torch.slice(part, 2, 0, c // 2)], 2)
  y = torch.addcmul(torch.mul(part, cos), turned, sin)
  if c < torch.size(x, 2):
    y = torch.cat([y, torch.slice(x, 2, c, torch.size(x, 2))], 2)
  return y


def linear(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
  y = __torch__.train_products.forward(x, w)
  if torch.numel(b) > 0:
    y = torch.add_(y, b)
  return y


# Adds to the gradients of w and b, returns that of x.
def linear_backward(g: Tensor, x: Tensor, w: Tensor, gw: Tensor, gb: Tensor) -> Tensor:
  if torch.numel(gb) > 0:
    total = torch.add_(gb, torch.sum(g, [0]))
  return __torch__.train_products.backward(g, x, w, gw)


# qkv [N, (H + 2K) C] -> the same [N, H + 2K, C] with queries and keys normed and rotated
def turned(qkv: Tensor, l: int, weights: List[Tensor], shape: List[int], rotation: List[Tensor], numbers: List[float]) -> Tensor:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  H, K, C = __torch__.shape.heads(shape)
  both = H + K
  every = torch.view(qkv, [torch.size(qkv, 0), both + K, C])
  qk = torch.slice(every, 1, 0, both)  # [N, H + K, C]
  if torch.numel(query_norm) > 0:
    eps = __torch__.shape.eps(numbers)
    q = torch.rms_norm(torch.slice(qk, 1, 0, H), [C], query_norm, eps)
    k = torch.rms_norm(torch.slice(qk, 1, H, both), [C], key_norm, eps)
    qk = torch.cat([q, k], 1)
  if __torch__.shape.rotates(shape, l):
    kind = __torch__.shape.rotation(shape, l)
    qk = __torch__.train_layer.rotate(qk, rotation[2 * kind], rotation[2 * kind + 1])
  return torch.cat([qk, torch.slice(every, 1, both, both + K)], 1)


# The way back of turned: g [N, H + 2K, C] -> [N, (H + 2K) C]
def turned_backward(g: Tensor, qkv: Tensor, l: int, weights: List[Tensor], gradients: List[Tensor], shape: List[int], rotation: List[Tensor], numbers: List[float]) -> Tensor:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  norm_g, qkv_wg, qkv_bg, query_norm_g, key_norm_g, out_wg, out_bg, mlp_norm_g, up_wg, up_bg, down_wg, down_bg = __torch__.train_weights.layer(gradients, l)
  H, K, C = __torch__.shape.heads(shape)
  n = torch.size(g, 0)
  both = H + K
  gqk = torch.slice(g, 1, 0, both)
  if __torch__.shape.rotates(shape, l):
    kind = __torch__.shape.rotation(shape, l)
    gqk = __torch__.train_layer.rotate(gqk, rotation[2 * kind], torch.neg(rotation[2 * kind + 1]))
  if torch.numel(query_norm) > 0:
    eps = __torch__.shape.eps(numbers)
    every = torch.view(qkv, [n, both + K, C])
    q = torch.slice(every, 1, 0, H)
    k = torch.slice(every, 1, H, both)
    gq = __torch__.train_norm.rms_backward(torch.slice(gqk, 1, 0, H), q, query_norm, query_norm_g, eps)
    gk = __torch__.train_norm.rms_backward(torch.slice(gqk, 1, H, both), k, key_norm, key_norm_g, eps)
    gqk = torch.cat([gq, gk], 1)
  all = torch.cat([gqk, torch.slice(g, 1, both, both + K)], 1)
  return torch.view(all, [n, (both + K) * C])


def forward(x: Tensor, l: int, weights: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], rotation: List[Tensor], masks: List[Tensor], numbers: List[float], keep: bool, tape: List[Tensor]) -> Tensor:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  norm_b, out_norm, mlp_norm_b, mlp_out_norm, router = __torch__.train_weights.more(weights, l, shape)
  eps = __torch__.shape.eps(numbers)
  h = __torch__.train_norm.forward(x, norm, norm_b, eps)
  qkv = __torch__.train_layer.linear(h, qkv_w, qkv_b)  # [N, (H + 2K) C]
  qkv = __torch__.train_adapter.forward(qkv, h, weights, l, 0, 3, shape)
  every = __torch__.train_layer.turned(qkv, l, weights, shape, rotation, numbers)
  kind = __torch__.shape.kind(shape, l)
  a, prompts, rows = __torch__.train_attention.forward(every, batch, sizes, shape, numbers, masks[2 * kind], masks[2 * kind + 1])
  o = __torch__.train_layer.linear(a, out_w, out_b)
  o = __torch__.train_adapter.forward(o, a, weights, l, 3, 4, shape)
  if torch.numel(out_norm) > 0:
    o = torch.rms_norm(o, [torch.size(o, 1)], out_norm, eps)
  x1 = torch.add_(o, x)
  h = __torch__.train_norm.forward(x1, mlp_norm, mlp_norm_b, eps)
  y, both = __torch__.train_mlp.forward(h, l, weights, shape)
  if torch.numel(mlp_out_norm) > 0:
    y = torch.rms_norm(y, [torch.size(y, 1)], mlp_out_norm, eps)
  if keep:
    for kept in [x, qkv, a, prompts, rows, x1, both]:
      tape = torch.append(tape, kept)
  return torch.add_(y, x1)


# g: the gradient of the layer's output [N, D] -> that of its input
def backward(g: Tensor, l: int, weights: List[Tensor], gradients: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], rotation: List[Tensor], masks: List[Tensor], numbers: List[float], tape: List[Tensor]) -> Tensor:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  norm_g, qkv_wg, qkv_bg, query_norm_g, key_norm_g, out_wg, out_bg, mlp_norm_g, up_wg, up_bg, down_wg, down_bg = __torch__.train_weights.layer(gradients, l)
  norm_b, out_norm, mlp_norm_b, mlp_out_norm, router = __torch__.train_weights.more(weights, l, shape)
  norm_bg, out_norm_g, mlp_norm_bg, mlp_out_norm_g, router_g = __torch__.train_weights.more(gradients, l, shape)
  eps = __torch__.shape.eps(numbers)
  x, qkv, a, prompts, rows, x1, both = torch.slice(tape, 2 + 7 * l, 9 + 7 * l)
  h = __torch__.train_norm.forward(x1, mlp_norm, mlp_norm_b, eps)
  gy = g
  if torch.numel(mlp_out_norm) > 0:
    y = __torch__.train_mlp.result(h, both, l, weights, shape)
    gy = __torch__.train_norm.rms_backward(g, y, mlp_out_norm, mlp_out_norm_g, eps)
  gh = __torch__.train_mlp.backward(gy, h, both, l, weights, gradients, shape)
  g = torch.add_(__torch__.train_norm.backward(gh, x1, mlp_norm, mlp_norm_b, mlp_norm_g, mlp_norm_bg, eps), g)
  go = g
  if torch.numel(out_norm) > 0:
    o = __torch__.train_layer.linear(a, out_w, out_b)
    o = __torch__.train_adapter.forward(o, a, weights, l, 3, 4, shape)
    go = __torch__.train_norm.rms_backward(g, o, out_norm, out_norm_g, eps)
  ga = __torch__.train_layer.linear_backward(go, a, out_w, out_wg, out_bg)
  ga = __torch__.train_adapter.backward(ga, go, a, weights, gradients, l, 3, 4, shape)
  every = __torch__.train_layer.turned(qkv, l, weights, shape, rotation, numbers)
  kind = __torch__.shape.kind(shape, l)
  gevery = __torch__.train_attention.backward(ga, every, a, prompts, rows, batch, sizes, shape, numbers, masks[2 * kind], masks[2 * kind + 1])
  gqkv = __torch__.train_layer.turned_backward(gevery, qkv, l, weights, gradients, shape, rotation, numbers)
  h = __torch__.train_norm.forward(x, norm, norm_b, eps)
  gh = __torch__.train_layer.linear_backward(gqkv, h, qkv_w, qkv_wg, qkv_bg)
  gh = __torch__.train_adapter.backward(gh, gqkv, h, weights, gradients, l, 0, 3, shape)
  return torch.add_(__torch__.train_norm.backward(gh, x, norm, norm_b, norm_g, norm_bg, eps), g)
