# Attention whose scores s are capped, cap tanh(s / cap), by plain products: fused kernels have no cap.


# q [rows, K, G t, C], k [rows, K, n, C], mask 0 or minus infinity -> probabilities and tanh(s / cap) [rows, K, G t, n]
def probabilities(q: Tensor, k: Tensor, mask: Tensor, factor: float, cap: float) -> Tuple[Tensor, Tensor]:
  s = torch.mul_(torch.matmul(q, torch.transpose(k, 2, 3)), factor / cap)
  t = torch.tanh_(s)
  return (torch.softmax(torch.add(torch.mul(t, cap), mask), 3), t)


# v [rows, K, n, C] -> [rows, K, G t, C]
def forward(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, factor: float, cap: float) -> Tensor:
  p, t = __torch__.train_capped.probabilities(q, k, mask, factor, cap)
  return torch.matmul(p, v)


# Gradients of queries, keys and values; a is the result.
def backward(g: Tensor, q: Tensor, k: Tensor, v: Tensor, a: Tensor, mask: Tensor, factor: float, cap: float) -> Tuple[Tensor, Tensor, Tensor]:
  p, t = __torch__.train_capped.probabilities(q, k, mask, factor, cap)
  gv = torch.matmul(torch.transpose(p, 2, 3), g)
  gp = torch.matmul(g, torch.transpose(v, 2, 3))
  gs = torch.mul(p, torch.sub(gp, torch.sum(torch.mul(g, a), [-1], True)))
  gs = torch.mul(gs, torch.mul_(torch.rsub(torch.mul(t, t), 1.), factor))
  return (torch.matmul(gs, k), torch.matmul(torch.transpose(gs, 2, 3), q), gv)
