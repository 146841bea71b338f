# Drawing one token per row from logits [B, V] with one uniform number per row [B].


# Per row the smallest probability that top-k, top-p and min-p keep, in this order. p [B, V] need not sum to 1.
def limit(p: Tensor, top_k: int, top_p: float, min_p: float) -> Tensor:
  width = torch.size(p, 1)
  n = min(width, 1024)
  if top_k > 0:
    n = min(width, top_k)
  lowest = torch.zeros([torch.size(p, 0), 1])  # [B, 1]
  if top_k > 0 or top_p < 1.:
    best = torch.topk(p, n)[0]  # [B, n], descending
    if top_k > 0:
      lowest = torch.slice(best, 1, n - 1, n)  # [B, 1]; ties with the k-th stay
    if top_p < 1.:
      mass = torch.sum(torch.mul(p, torch.ge(p, lowest)), [1], True)  # [B, 1]
      lowest = torch.maximum(lowest, __torch__.sampling.nucleus(best, mass, top_p))
      if top_k == 0 and n < width:
        short = torch.lt(torch.sum(best, [1], True), torch.mul(mass, top_p))  # [B, 1]
        if bool(torch.any(short)):
          rows = torch.squeeze(torch.nonzero(torch.squeeze(short, 1)), 1)  # [S]
          sorted = torch.sort(torch.index_select(p, 0, rows), 1, True)[0]  # [S, V]
          mass = torch.index_select(mass, 0, rows)  # [S, 1]
          lowest = torch.index_copy(lowest, 0, rows, __torch__.sampling.nucleus(sorted, mass, top_p))
  if min_p > 0.:
    lowest = torch.maximum(lowest, torch.mul(torch.amax(p, [1], True), min_p))
  return lowest


# The last of the best [B, n] (descending) whose better ones hold less than top_p of the mass [B, 1].
def nucleus(best: Tensor, mass: Tensor, top_p: float) -> Tensor:
  better = torch.sub(torch.cumsum(best, 1), best)  # [B, n]
  kept = torch.sum(torch.lt(better, torch.mul(mass, top_p)), [1], True)  # [B, 1]
  return torch.gather(best, 1, torch.sub(torch.clamp(kept, 1), 1))


# Probabilities after the filters, not normalised: kept entries as in softmax(logits), others 0.
# hidden [S]: ids that must not be drawn.
def filtered(logits: Tensor, hidden: Tensor, top_k: int, top_p: float, min_p: float) -> Tensor:
  p = torch.softmax(logits, 1)  # [B, V]
  if torch.numel(hidden) > 0:
    p = torch.index_fill_(p, 1, hidden, 0.)
    if bool(torch.any(torch.le(torch.amax(p, [1]), 0.))):  # the hidden ids hold all the mass
      open = torch.softmax(torch.index_fill(logits, 1, hidden, -inf), 1)
      p = torch.where(torch.le(torch.amax(p, [1], True), 0.), open, p)
  if top_k > 0 or top_p < 1. or min_p > 0.:
    p = torch.masked_fill_(p, torch.lt(p, __torch__.sampling.limit(p, top_k, top_p, min_p)), 0.)
  return p


# Inverse of the cumulated p [B, V] at u [B] in [0, 1): never an id with p = 0. Returns ids [B, 1], mass [B, 1].
def invert(p: Tensor, u: Tensor) -> Tuple[Tensor, Tensor]:
  c = torch.cumsum(p, 1)  # [B, V]
  width = torch.size(p, 1)
  mass = torch.slice(c, 1, width - 1, width)  # [B, 1]
  below = torch.nextafter(mass, torch.zeros([]))
  x = torch.minimum(torch.mul(torch.unsqueeze(u, 1), mass), below)  # [B, 1]
  id = torch.searchsorted(c, x, right=True)  # [B, 1]
  return (torch.clamp(id, 0, width - 1), mass)  # the clamp is for logits that are not finite


# Returns ids, log-softmax(logits) of them, and the log-probability they were drawn with, each [B].
def draw(logits: Tensor, u: Tensor, hidden: Tensor, greedy: bool, top_k: int, top_p: float, min_p: float) -> Tuple[Tensor, Tensor, Tensor]:
  if greedy:
    total = torch.logsumexp(logits, [1])  # [B]
    if torch.numel(hidden) > 0:
      logits = torch.index_fill(logits, 1, hidden, -inf)
    best, id = torch.max(logits, 1)
    return (id, torch.sub(best, total), torch.zeros_like(total))
  p = __torch__.sampling.filtered(logits, hidden, top_k, top_p, min_p)  # [B, V]
  id, mass = __torch__.sampling.invert(p, u)  # [B, 1]
  logprob = torch.squeeze(torch.log(torch.gather(p, 1, id)), 1)  # [B]
  sampled = torch.sub(logprob, torch.log(torch.squeeze(mass, 1)))  # [B]
  if torch.numel(hidden) > 0:
    total = torch.logsumexp(logits, [1], True)
    logprob = torch.squeeze(torch.sub(torch.gather(logits, 1, id), total), 1)
  return (torch.squeeze(id, 1), logprob, sampled)
