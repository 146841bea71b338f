# Matrix products in 8 bits by oneDNN: weights with one scale per output, activations with one scale per
# row, so that a row's result does not depend on the others. Twin of decode_gemm_onednn.py.


def pack(w: Tensor, bf16: bool) -> Tensor:
  q = torch.to(torch.round(torch.div(w, torch.unsqueeze(__torch__.gemm.scales(w), 1))), 1)
  return ops.onednn.qlinear_prepack(q, [16, torch.size(w, 1)])


def scales(w: Tensor) -> Tensor:
  return torch.clamp(torch.div(torch.amax(torch.abs(w), [1]), 127.), 1e-20)


# x [rows, K] float32, s [N] -> [rows, N] float32
def linear(x: Tensor, w: Tensor, b: Tensor, s: Tensor) -> Tensor:
  none = annotate(List[Optional[number]], [])
  scale = torch.clamp(torch.div(torch.amax(torch.abs(x), [1], True), 127.), 1e-20)
  q = torch.to(torch.round_(torch.div(x, scale)), 1)
  zero = torch.zeros([torch.size(s, 0)], dtype=4)
  y = ops.onednn.qlinear_pointwise(q, 1., 0, w, s, zero, None, 1., 0, 6, "none", none, "")
  y = torch.mul_(y, scale)
  if torch.numel(b) > 0:
    y = torch.add_(y, b)
  return y
