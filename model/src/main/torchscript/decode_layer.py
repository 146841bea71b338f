# The parts of a decoder layer before and after attention; weights as in decode_weights.py.


# Of the root mean square, or of the layer where there is a bias.
def norm(x: Tensor, w: Tensor, b: Tensor, numbers: List[float]) -> Tensor:
  eps = __torch__.shape.eps(numbers)
  if torch.numel(b) > 0:
    return torch.layer_norm(x, [torch.size(x, 1)], w, b, eps, False)
  return torch.rms_norm(x, [torch.size(x, 1)], w, eps)


# Tokens [N] -> x [N, D]
def embed(tokens: Tensor, weights: List[Tensor], numbers: List[float]) -> Tensor:
  x = torch.embedding(weights[0], tokens)
  factor = __torch__.shape.width_factor(numbers)
  if factor != 1.:
    x = torch.mul_(x, factor)
  return x


# heads [N, heads, C] turned by cos and sin [N or 1, kinds, C'] of a kind; channels beyond C' stay as they are
def turn(heads: Tensor, cos: Tensor, sin: Tensor, kind: int) -> Tensor:
  C = torch.size(heads, 2)
  c = torch.size(cos, 2)
  if torch.size(cos, 1) > 1:
    cos = torch.slice(cos, 1, kind, kind + 1)
    sin = torch.slice(sin, 1, kind, kind + 1)
  x = heads
  if c < C:
    x = torch.slice(heads, 2, 0, c)
  turned = torch.cat([torch.slice(x, 2, c // 2, c), torch.slice(x, 2, 0, c // 2)], 2)
  x = torch.addcmul(torch.mul(x, cos), turned, sin)
  if c < C:
    x = torch.cat([x, torch.slice(heads, 2, c, C)], 2)
  return x


# x [N, D], cos and sin [N or 1, kinds, C'] -> q [N, H, C], k [N, K, C], v [N, K, C]
def project(x: Tensor, cos: Tensor, sin: Tensor, l: int, weights: List[Tensor], shape: List[int], numbers: List[float]) -> Tuple[Tensor, Tensor, Tensor]:
  norm, qkv_w, qkv_b, qkv_s, out_w, out_b, out_s, mlp_norm, up_w, up_b, up_s, down_w, down_b, down_s, head_norm = __torch__.decode_weights.layer(weights, l)
  norm_b, out_norm, mlp_norm_b, mlp_out_norm, router = __torch__.decode_weights.more(weights, l, shape)
  H, K, C = __torch__.shape.heads(shape)
  both = H + K
  h = __torch__.decode_layer.norm(x, norm, norm_b, numbers)
  qkv = __torch__.gemm.linear(h, qkv_w, qkv_b, qkv_s)
  qkv = torch.view(qkv, [torch.size(x, 0), both + K, C])
  qk = torch.slice(qkv, 1, 0, both)  # [N, H + K, C]
  v = torch.slice(qkv, 1, both, both + K)
  if torch.numel(head_norm) > 0:
    qk = torch.mul(torch.rms_norm(qk, [C], None, __torch__.shape.eps(numbers)), head_norm)
  if __torch__.shape.rotates(shape, l):
    qk = __torch__.decode_layer.turn(qk, cos, sin, __torch__.shape.rotation(shape, l))
  return (torch.slice(qk, 1, 0, H), torch.slice(qk, 1, H, both), v)


# x [N, D] before attention, a [N, H C] its result -> the layer's output [N, D]
def finish(x: Tensor, a: Tensor, l: int, weights: List[Tensor], shape: List[int], numbers: List[float]) -> Tensor:
  norm, qkv_w, qkv_b, qkv_s, out_w, out_b, out_s, mlp_norm, up_w, up_b, up_s, down_w, down_b, down_s, head_norm = __torch__.decode_weights.layer(weights, l)
  norm_b, out_norm, mlp_norm_b, mlp_out_norm, router = __torch__.decode_weights.more(weights, l, shape)
  eps = __torch__.shape.eps(numbers)
  o = __torch__.gemm.linear(a, out_w, out_b, out_s)
  if torch.numel(out_norm) > 0:
    o = torch.rms_norm(o, [torch.size(o, 1)], out_norm, eps)
  x = torch.add_(o, x)
  h = __torch__.decode_layer.norm(x, mlp_norm, mlp_norm_b, numbers)
  if torch.numel(router) > 0:
    y = __torch__.decode_experts.forward(h, router, up_w, down_w, shape)
  else:
    h = __torch__.decode_layer.activate(__torch__.gemm.linear(h, up_w, up_b, up_s), shape)
    y = __torch__.gemm.linear(h, down_w, down_b, down_s)
  if torch.numel(mlp_out_norm) > 0:
    y = torch.rms_norm(y, [torch.size(y, 1)], mlp_out_norm, eps)
  return torch.add_(y, x)


# both [N, 2F], or [N, F] without a gate -> [N, F]; of activations see shape.py
def activate(both: Tensor, shape: List[int]) -> Tensor:
  kind = __torch__.shape.activation(shape)
  if kind == 2:
    z = torch.gelu(both, approximate="tanh")
  else:
    f = torch.size(both, 1) // 2
    gate = torch.slice(both, 1, 0, f)
    if kind == 1:
      gate = torch.gelu(gate, approximate="tanh")
    else:
      gate = torch.silu_(gate)
    z = torch.mul(gate, torch.slice(both, 1, f, 2 * f))
  return z


# x [N, D] -> logits times scale [N, V]
def logits(x: Tensor, weights: List[Tensor], shape: List[int], numbers: List[float], scale: float) -> Tensor:
  embedding, head, head_s, norm, all_cos, all_sin = __torch__.decode_weights.model(weights)
  positions, norm_b = __torch__.decode_weights.more_model(weights, shape)
  h = __torch__.decode_layer.norm(x, norm, norm_b, numbers)
  if scale != 1.:
    h = torch.mul_(h, scale)
  z = __torch__.gemm.linear(h, head, torch.zeros([0]), head_s)
  cap = __torch__.shape.logit_cap(numbers) * scale
  if cap > 0.:
    z = torch.mul_(torch.tanh_(torch.div_(z, cap)), cap)
  return z
