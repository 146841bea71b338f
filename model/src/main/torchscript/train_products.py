# The products of projections: in bfloat16 where the weight is, else the platform's in float32 (gemm). What goes in and
# comes out is float32, and the processor adds up the terms of a bfloat16 product in float32.


# x [N, I], w [O, I] -> [N, O]
def forward(x: Tensor, w: Tensor) -> Tensor:
  if __torch__.train_products.rounds(w):
    return torch.to(torch.linear(torch.to(x, 15), w), 6)
  return __torch__.gemm.forward(x, w)


# Whether a product with w is rounded.
def rounds(w: Tensor) -> bool:
  return ops.prim.dtype(w) == 15


# gw [O, I] += g^T x for g [N, O], x [N, I] in bfloat16, about 8 million numbers of gw at a time.
def accumulate(gw: Tensor, g: Tensor, x: Tensor) -> None:
  outputs = torch.size(gw, 0)
  size = max(16, 8388608 // torch.size(gw, 1))
  for i in range((outputs + size - 1) // size):
    low = i * size
    high = min(outputs, low + size)
    part = torch.mm(torch.t(torch.slice(g, 1, low, high)), x)
    total = torch.add_(torch.slice(gw, 0, low, high), part)


# g: the gradient of the result [N, O] -> that of x [N, I]. Adds that of w to gw [O, I], which is empty if w is frozen.
def backward(g: Tensor, x: Tensor, w: Tensor, gw: Tensor) -> Tensor:
  if __torch__.train_products.rounds(w):
    half = torch.to(g, 15)
    if torch.numel(gw) > 0:
      __torch__.train_products.accumulate(gw, half, torch.to(x, 15))
    return torch.to(torch.mm(half, w), 6)
  __torch__.train_weights.accumulate(gw, g, x)
  return __torch__.gemm.backward(g, w)
