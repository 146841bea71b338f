# Attention of generation. Where a model caps its scores s, cap tanh(s / cap), by plain products.


# q [P, H, T, C], k and v [P, K, T, C], mask [P or 1, 1, T, T] -> [P, H, T, C]
def capped(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, numbers: List[float]) -> Tensor:
  p, H, t, C = torch.size(q)
  K = torch.size(k, 1)
  q = torch.reshape(q, [p, K, H // K, t, C])
  bias = torch.masked_fill(torch.zeros(torch.size(mask)), torch.logical_not(mask), -inf)
  a = __torch__.decode_attention.products(q, torch.unsqueeze(k, 2), torch.unsqueeze(v, 2), torch.unsqueeze(bias, 2), numbers)
  return torch.reshape(a, [p, H, t, C])


# q [.., T, C], k and v [.., n, C], bias that scores are added or nothing -> [.., T, C]
def products(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, numbers: List[float]) -> Tensor:
  cap = __torch__.shape.score_cap(numbers)
  s = torch.matmul(q, torch.transpose(k, -2, -1))
  s = torch.mul_(torch.tanh_(torch.mul_(s, __torch__.shape.score_factor(numbers) / cap)), cap)
  if torch.numel(bias) > 0:
    s = torch.add(s, bias)
  return torch.matmul(torch.softmax(s, -1), v)
