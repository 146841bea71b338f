# The parts of a decoder layer before and after attention; weights as in decode.py.


# x [N, D], cos and sin [N or 1, 1, C] -> q [N, H, C], k [N, K, C], v [N, K, C]
def project(x: Tensor, cos: Tensor, sin: Tensor, l: int, weights: List[Tensor], shape: List[int], eps: float) -> Tuple[Tensor, Tensor, Tensor]:
  o = 6 + l * 15
  heads = shape[1]
  both = heads + shape[2]
  c = shape[3]
  h = torch.rms_norm(x, [torch.size(x, 1)], weights[o], eps)
  qkv = __torch__.gemm.linear(h, weights[o + 1], weights[o + 2], weights[o + 3])
  qkv = torch.view(qkv, [torch.size(x, 0), both + shape[2], c])
  qk = torch.slice(qkv, 1, 0, both)  # [N, H + K, C]
  v = torch.slice(qkv, 1, both, both + shape[2])
  if torch.numel(weights[o + 14]) > 0:
    qk = torch.mul(torch.rms_norm(qk, [c], None, eps), weights[o + 14])
  if shape[4 + l] > 0:
    turned = torch.cat([torch.slice(qk, 2, c // 2, c), torch.slice(qk, 2, 0, c // 2)], 2)
    qk = torch.addcmul(torch.mul(qk, cos), turned, sin)
  return (torch.slice(qk, 1, 0, heads), torch.slice(qk, 1, heads, both), v)


# x [N, D] before attention, a [N, H C] its result -> the layer's output [N, D]
def finish(x: Tensor, a: Tensor, l: int, weights: List[Tensor], eps: float) -> Tensor:
  o = 6 + l * 15
  x = torch.add_(__torch__.gemm.linear(a, weights[o + 4], weights[o + 5], weights[o + 6]), x)
  h = torch.rms_norm(x, [torch.size(x, 1)], weights[o + 7], eps)
  both = __torch__.gemm.linear(h, weights[o + 8], weights[o + 9], weights[o + 10])
  f = torch.size(both, 1) // 2
  gate = torch.silu_(torch.slice(both, 1, 0, f))
  h = torch.mul(gate, torch.slice(both, 1, f, 2 * f))
  return torch.add_(__torch__.gemm.linear(h, weights[o + 11], weights[o + 12], weights[o + 13]), x)


# x [N, D] -> logits times scale [N, V]
def logits(x: Tensor, weights: List[Tensor], eps: float, scale: float) -> Tensor:
  h = torch.rms_norm(x, [torch.size(x, 1)], weights[3], eps)
  if scale != 1.:
    h = torch.mul_(h, scale)
  return __torch__.gemm.linear(h, weights[1], torch.zeros([0]), weights[2])
