# Matrix products by oneDNN with weights packed once per weight version. Twin of decode_gemm_aten.py.
# w [N, K]; packed for 16 rows, which serves any number of rows with equal bits. For small matrices the
# cost of a call to oneDNN (about 15 us) is more than it saves: they stay dense, transposed, for ATen.


def pack(w: Tensor, bf16: bool) -> Tensor:
  if bf16:
    return ops.mkldnn._reorder_linear_weight(torch.to(w, 15), 16)
  if torch.numel(w) <= 131072:
    return torch.contiguous(torch.t(w))
  return ops.mkldnn._reorder_linear_weight(w, 16)


def scales(w: Tensor) -> Tensor:
  return torch.zeros([0])


# x [rows, K] float32, b [N] or empty -> [rows, N] float32
def linear(x: Tensor, w: Tensor, b: Tensor, s: Tensor) -> Tensor:
  none = annotate(List[Optional[number]], [])
  if ops.prim.dtype(w) == 15:
    y = torch.to(ops.mkldnn._linear_pointwise(torch.to(x, 15), w, None, "none", none, ""), 6)
  elif not ops.prim.is_mkldnn(w):
    rows = torch.size(x, 0)
    if rows < 16 and rows % 4 > 0:  # a few rows take other routines, with other bits
      y = torch.slice(torch.mm(torch.constant_pad_nd(x, [0, 0, 0, 4 - rows % 4], 0), w), 0, 0, rows)
    else:
      y = torch.mm(x, w)
  else:
    y = ops.mkldnn._linear_pointwise(x, w, None, "none", none, "")
  if torch.numel(b) > 0:
    y = torch.add_(y, b)
  return y
