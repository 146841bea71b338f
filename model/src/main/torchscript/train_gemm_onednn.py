# The three matrix products of training by oneDNN, with transposes copied. Twin of train_gemm_aten.py.


# x [N, I], w [O, I] -> [N, O]
def forward(x: Tensor, w: Tensor) -> Tensor:
  return ops.mkldnn._linear_pointwise(x, w, None, "none", annotate(List[Optional[number]], []), "")


# g [N, O], w [O, I] -> [N, I]
def backward(g: Tensor, w: Tensor) -> Tensor:
  return __torch__.gemm.forward(g, torch.contiguous(torch.t(w)))


# gw [O, I] += g^T x
def accumulate(gw: Tensor, g: Tensor, x: Tensor) -> None:
  total = torch.add_(gw, __torch__.gemm.forward(torch.contiguous(torch.t(g)), torch.contiguous(torch.t(x))))
