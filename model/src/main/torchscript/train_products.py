# The products of projections: in bfloat16 where the weight is, else the platform's in float32 (gemm). What goes in and
# comes out is float32, and the processor adds up the terms of a bfloat16 product in float32.


# x [N, I], w [O, I] -> [N, O]
def forward(x: Tensor, w: Tensor) -> Tensor:
  if ops.prim.dtype(w) == 15:
    return torch.to(torch.linear(torch.to(x, 15), w), 6)
  return __torch__.gemm.forward(x, w)


# g: the gradient of the result [N, O] -> that of x [N, I]. Adds that of w to gw [O, I], which is empty if w is frozen.
def backward(g: Tensor, x: Tensor, w: Tensor, gw: Tensor) -> Tensor:
  if ops.prim.dtype(w) == 15:
    half = torch.to(g, 15)
    if torch.numel(gw) > 0:
      total = torch.add_(gw, torch.mm(torch.t(half), torch.to(x, 15)))
    return torch.to(torch.mm(half, w), 6)
  __torch__.train_weights.accumulate(gw, g, x)
  return __torch__.gemm.backward(g, w)
