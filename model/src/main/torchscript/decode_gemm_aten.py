# Matrix products by ATen, for platforms without oneDNN. Twin of decode_gemm_onednn.py.


def pack(w: Tensor, bf16: bool) -> Tensor:
  if bf16:
    return torch.to(w, 15)
  return torch.clone(w)


def scales(w: Tensor) -> Tensor:
  return torch.zeros([0])


def linear(x: Tensor, w: Tensor, b: Tensor, s: Tensor) -> Tensor:
  if ops.prim.dtype(w) == 15:
    y = torch.to(torch.linear(torch.to(x, 15), w), 6)
  else:
    y = torch.linear(x, w)
  if torch.numel(b) > 0:
    y = torch.add_(y, b)
  return y
