# The parts of a decoder layer before and after attention; weights as in decode_weights.py.


# x [N, D], cos and sin [N or 1, 1, C] -> q [N, H, C], k [N, K, C], v [N, K, C]
def project(x: Tensor, cos: Tensor, sin: Tensor, l: int, weights: List[Tensor], shape: List[int], eps: float) -> Tuple[Tensor, Tensor, Tensor]:
  norm, qkv_w, qkv_b, qkv_s, out_w, out_b, out_s, mlp_norm, up_w, up_b, up_s, down_w, down_b, down_s, head_norm = __torch__.decode_weights.layer(weights, l)
  H, K, C = __torch__.shape.heads(shape)
  both = H + K
  h = torch.rms_norm(x, [torch.size(x, 1)], norm, eps)
  qkv = __torch__.gemm.linear(h, qkv_w, qkv_b, qkv_s)
  qkv = torch.view(qkv, [torch.size(x, 0), both + K, C])
  qk = torch.slice(qkv, 1, 0, both)  # [N, H + K, C]
  v = torch.slice(qkv, 1, both, both + K)
  if torch.numel(head_norm) > 0:
    qk = torch.mul(torch.rms_norm(qk, [C], None, eps), head_norm)
  if __torch__.shape.rotates(shape, l):
    turned = torch.cat([torch.slice(qk, 2, C // 2, C), torch.slice(qk, 2, 0, C // 2)], 2)
    qk = torch.addcmul(torch.mul(qk, cos), turned, sin)
  return (torch.slice(qk, 1, 0, H), torch.slice(qk, 1, H, both), v)


# x [N, D] before attention, a [N, H C] its result -> the layer's output [N, D]
def finish(x: Tensor, a: Tensor, l: int, weights: List[Tensor], eps: float) -> Tensor:
  norm, qkv_w, qkv_b, qkv_s, out_w, out_b, out_s, mlp_norm, up_w, up_b, up_s, down_w, down_b, down_s, head_norm = __torch__.decode_weights.layer(weights, l)
  x = torch.add_(__torch__.gemm.linear(a, out_w, out_b, out_s), x)
  h = torch.rms_norm(x, [torch.size(x, 1)], mlp_norm, eps)
  both = __torch__.gemm.linear(h, up_w, up_b, up_s)
  f = torch.size(both, 1) // 2
  gate = torch.silu_(torch.slice(both, 1, 0, f))
  h = torch.mul(gate, torch.slice(both, 1, f, 2 * f))
  return torch.add_(__torch__.gemm.linear(h, down_w, down_b, down_s), x)


# x [N, D] -> logits times scale [N, V]
def logits(x: Tensor, weights: List[Tensor], eps: float, scale: float) -> Tensor:
  embedding, head, head_s, norm, all_cos, all_sin = __torch__.decode_weights.model(weights)
  h = torch.rms_norm(x, [torch.size(x, 1)], norm, eps)
  if scale != 1.:
    h = torch.mul_(h, scale)
  return __torch__.gemm.linear(h, head, torch.zeros([0]), head_s)
