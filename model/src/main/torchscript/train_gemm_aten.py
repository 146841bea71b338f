# The three matrix products of training by ATen's own GEMM. Twin of train_gemm_onednn.py.


# x [N, I], w [O, I] -> [N, O]
def forward(x: Tensor, w: Tensor) -> Tensor:
  return torch.linear(x, w)


# g [N, O], w [O, I] -> [N, I]
def backward(g: Tensor, w: Tensor) -> Tensor:
  return torch.mm(g, w)


# gw [O, I] += g^T x
def accumulate(gw: Tensor, g: Tensor, x: Tensor) -> None:
  total = torch.addmm_(gw, torch.t(g), x)
