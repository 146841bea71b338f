# The three matrix products of training: forwards by oneDNN, backwards by ATen, which needs no copies of transposes.
# Twin of train_gemm_aten.py and train_gemm_onednn.py.


# x [N, I], w [O, I] -> [N, O]
def forward(x: Tensor, w: Tensor) -> Tensor:
  return ops.mkldnn._linear_pointwise(x, w, None, "none", annotate(List[Optional[number]], []), "")


# g [N, O], w [O, I] -> [N, I]
def backward(g: Tensor, w: Tensor) -> Tensor:
  return torch.mm(g, w)


# gw [O, I] += g^T x
def accumulate(gw: Tensor, g: Tensor, x: Tensor) -> None:
  total = torch.addmm_(gw, torch.t(g), x)
