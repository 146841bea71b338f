# Log-probability and entropy of tokens over the vocabulary, in chunks of rows: logits [N, V] never exist as a whole.


# About 8 million logits at a time.
def chunk(w: Tensor) -> int:
  return max(16, 8388608 // torch.size(w, 0))


# Scaled logits of x [N, D], w [V, D]; cap: that of logits times scale, or 0.
def logits(x: Tensor, w: Tensor, cap: float) -> Tensor:
  z = __torch__.train_products.forward(x, w)
  if cap > 0.:
    z = torch.mul_(torch.tanh_(torch.div_(z, cap)), cap)
  return z


# g, the gradient of logits z, turned to that of logits before the cap.
def uncap(g: Tensor, x: Tensor, w: Tensor, cap: float) -> Tensor:
  if cap > 0.:
    t = torch.div_(__torch__.train_vocabulary.logits(x, w, cap), cap)
    g = torch.mul_(g, torch.rsub(torch.mul_(t, t), 1.))
  return g


# Where the gradients of logits of 8 chunks are kept if products round: their sum over rows is then rounded once.
def kept(m: int, w: Tensor, gw: Tensor) -> Tensor:
  rows = 0
  if __torch__.train_products.rounds(w) and torch.numel(gw) > 0:
    rows = min(m, 8 * __torch__.train_vocabulary.chunk(w))
  return torch.empty([rows, torch.size(w, 0)], dtype=15)


# Adds to gw [V, D] and gh [M, D] what g [chunk, V] says, the gradient of logits of x, the rows from low on of h scaled.
def carry(g: Tensor, x: Tensor, low: int, h: Tensor, w: Tensor, gw: Tensor, gh: Tensor, scale: float, kept: Tensor) -> None:
  high = low + torch.size(x, 0)
  own = torch.slice(gh, 0, low, high)
  rows = torch.size(kept, 0)
  if rows > 0:
    at = low % rows
    half = torch.copy_(torch.slice(kept, 0, at, at + high - low), g)
    y = torch.add_(own, torch.to(torch.mm(half, w), 6), alpha=scale)
    if at + high - low == rows or high == torch.size(h, 0):
      all = torch.to(torch.mul(torch.slice(h, 0, low - at, high), scale), 15)
      __torch__.train_products.accumulate(gw, torch.slice(kept, 0, 0, at + high - low), all)
  else:
    y = torch.add_(own, __torch__.train_products.backward(g, x, w, gw), alpha=scale)


# h [M, D], w [V, D], target [M]; fills logprobs, entropy and the log-sum-exp [M]. scale is 1 / temperature.
def forward(h: Tensor, w: Tensor, target: Tensor, scale: float, cap: float, logprobs: Tensor, entropy: Tensor, lse: Tensor) -> None:
  m = torch.size(h, 0)
  size = __torch__.train_vocabulary.chunk(w)
  for i in range((m + size - 1) // size):
    low = i * size
    high = min(m, low + size)
    z = __torch__.train_vocabulary.logits(torch.mul(torch.slice(h, 0, low, high), scale), w, cap * scale)  # [chunk, V]
    total = torch.logsumexp(z, [1], True)
    z = torch.sub_(z, total)  # log-probabilities
    taken = torch.gather(z, 1, torch.unsqueeze(torch.slice(target, 0, low, high), 1))
    y = torch.copy_(torch.slice(logprobs, 0, low, high), torch.squeeze(taken, 1))
    y = torch.copy_(torch.slice(lse, 0, low, high), torch.squeeze(total, 1))
    mass = torch.sum(torch.mul_(torch.exp(z), z), [1])
    y = torch.copy_(torch.slice(entropy, 0, low, high), torch.neg(mass))


# columns: gradients of logprobs [M], of entropy [M], of values, and the entropy [M] itself.
# With p the probabilities and H their entropy: d logprob = onehot - p, d H = -p (log p + H).
# Adds to gw [V, D] and to gh [M, D].
def backward(h: Tensor, w: Tensor, gw: Tensor, target: Tensor, scale: float, cap: float, lse: Tensor, columns: List[Tensor], withEntropy: bool, gh: Tensor) -> None:
  logprobs_g, entropy_g, values_g, entropy = columns
  m = torch.size(h, 0)
  size = __torch__.train_vocabulary.chunk(w)
  kept = __torch__.train_vocabulary.kept(m, w, gw)
  for i in range((m + size - 1) // size):
    low = i * size
    high = min(m, low + size)
    x = torch.mul(torch.slice(h, 0, low, high), scale)
    z = torch.sub_(__torch__.train_vocabulary.logits(x, w, cap * scale), torch.unsqueeze(torch.slice(lse, 0, low, high), 1))
    g = torch.unsqueeze(torch.slice(logprobs_g, 0, low, high), 1)  # [chunk, 1]
    p = torch.exp(z)  # [chunk, V]
    if withEntropy:
      z = torch.add_(z, torch.unsqueeze(torch.slice(entropy, 0, low, high), 1))
      z = torch.add_(torch.mul_(z, torch.unsqueeze(torch.slice(entropy_g, 0, low, high), 1)), g)
      p = torch.neg_(torch.mul_(p, z))
    else:
      p = torch.mul_(p, torch.neg(g))
    p = torch.scatter_add_(p, 1, torch.unsqueeze(torch.slice(target, 0, low, high), 1), g)
    p = __torch__.train_vocabulary.uncap(p, x, w, cap * scale)
    __torch__.train_vocabulary.carry(p, x, low, h, w, gw, gh, scale, kept)


# Fills kl [M] with the KL to the model of h, w of the one of other_h [M, E], other_w [V, E]; lse as forward left it.
def divergence(h: Tensor, w: Tensor, lse: Tensor, other_h: Tensor, other_w: Tensor, scale: float, cap: float, other_cap: float, kl: Tensor) -> None:
  m = torch.size(h, 0)
  size = __torch__.train_vocabulary.chunk(w)
  for i in range((m + size - 1) // size):
    low = i * size
    high = min(m, low + size)
    z = __torch__.train_vocabulary.logits(torch.mul(torch.slice(h, 0, low, high), scale), w, cap * scale)  # [chunk, V]
    z = torch.sub_(z, torch.unsqueeze(torch.slice(lse, 0, low, high), 1))
    q = torch.log_softmax(__torch__.train_vocabulary.logits(torch.mul(torch.slice(other_h, 0, low, high), scale), other_w, other_cap * scale), 1)
    mass = torch.sum(torch.mul(torch.exp(q), torch.sub(q, z)), [1])
    y = torch.copy_(torch.slice(kl, 0, low, high), mass)


# With p the probabilities of h, w and q those of the other model: d kl = p - q. g [M] is the gradient of kl.
# Adds to gw [V, D] and to gh [M, D].
def divergence_backward(h: Tensor, w: Tensor, gw: Tensor, lse: Tensor, other_h: Tensor, other_w: Tensor, scale: float, cap: float, other_cap: float, g: Tensor, gh: Tensor) -> None:
  m = torch.size(h, 0)
  size = __torch__.train_vocabulary.chunk(w)
  kept = __torch__.train_vocabulary.kept(m, w, gw)
  for i in range((m + size - 1) // size):
    low = i * size
    high = min(m, low + size)
    x = torch.mul(torch.slice(h, 0, low, high), scale)
    z = torch.sub_(__torch__.train_vocabulary.logits(x, w, cap * scale), torch.unsqueeze(torch.slice(lse, 0, low, high), 1))
    p = torch.exp(z)  # [chunk, V]
    q = torch.softmax(__torch__.train_vocabulary.logits(torch.mul(torch.slice(other_h, 0, low, high), scale), other_w, other_cap * scale), 1)
    p = torch.mul_(torch.sub_(p, q), torch.unsqueeze(torch.slice(g, 0, low, high), 1))
    p = __torch__.train_vocabulary.uncap(p, x, w, cap * scale)
    __torch__.train_vocabulary.carry(p, x, low, h, w, gw, gh, scale, kept)


# Fills squares [M] with the sum of p^2 and certainty [M] with -1/V sum ln(V p) = logsumexp(z) - mean(z) - ln V.
def statistics(h: Tensor, w: Tensor, scale: float, cap: float, squares: Tensor, certainty: Tensor) -> None:
  m = torch.size(h, 0)
  size = __torch__.train_vocabulary.chunk(w)
  for i in range((m + size - 1) // size):
    low = i * size
    high = min(m, low + size)
    z = __torch__.train_vocabulary.logits(torch.mul(torch.slice(h, 0, low, high), scale), w, cap * scale)  # [chunk, V]
    z = torch.log_softmax(z, 1)
    mean = torch.mean(z, [1])
    y = torch.copy_(torch.slice(squares, 0, low, high), torch.sum(torch.exp(torch.mul(z, 2.)), [1]))
    y = torch.copy_(torch.slice(certainty, 0, low, high), torch.neg(torch.add(mean, torch.log(torch.size(w, 0)))))
