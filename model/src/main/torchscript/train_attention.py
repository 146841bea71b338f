# Attention over packed tokens in which the rows of a group share their prompt's keys and values. Prompts attend
# among themselves [P, T]; responses to their prompt and themselves [B, Q] x [B, T + Q]. The G = H / K query heads
# of a key head are folded into the columns, so keys are never repeated.


# Per kind of window: mask of prompts [1, 1, G T, T] and of rows [B, 1, G Q, T + Q], 0 or minus infinity.
# A padded query sees itself at least, and padded keys are seen by padded queries only.
def masks(batch: List[Tensor], sizes: List[int], shape: List[int]) -> List[Tensor]:
  ids, positions, prompt_gather, prompt_places, row_gather, row_places, row_prompt, prompt_length, source, target, place = batch
  P, T, B, Q, NP, R = sizes
  H, K, C = __torch__.shape.heads(shape)
  group = H // K
  columns = torch.arange(T)
  steps = torch.arange(Q)
  lengths = torch.view(prompt_length, [-1, 1, 1])  # [B, 1, 1]
  all = annotate(List[Tensor], [])
  for kind in range(__torch__.shape.kinds(shape)):
    window = __torch__.shape.window(shape, kind)
    distance = torch.sub(torch.unsqueeze(columns, 1), torch.unsqueeze(columns, 0))  # [T, T] query - key
    seen = torch.ge(distance, 0)
    own = torch.sub(torch.unsqueeze(steps, 1), torch.unsqueeze(steps, 0))  # [Q, Q]
    mine = torch.ge(own, 0)
    behind = torch.lt(torch.view(columns, [1, 1, -1]), lengths)  # [B, 1, T]
    behind = torch.expand(behind, [-1, Q, -1])  # [B, Q, T]
    if window > 0:
      seen = torch.__and__(seen, torch.lt(distance, window))
      mine = torch.__and__(mine, torch.lt(own, window))
      far = torch.sub(torch.add(lengths, torch.view(steps, [1, -1, 1])), torch.view(columns, [1, 1, -1]))
      behind = torch.__and__(behind, torch.lt(far, window))
    rows = torch.cat([behind, torch.expand(torch.unsqueeze(mine, 0), [B, -1, -1])], 2)  # [B, Q, T + Q]
    for visible in [torch.unsqueeze(seen, 0), rows]:
      mask = torch.masked_fill_(torch.zeros(torch.size(visible)), torch.logical_not(visible), -inf)
      all = torch.append(all, torch.unsqueeze(torch.repeat(mask, [1, group, 1]), 1))
  return all


# x [rows t, H C] -> [rows, K, G t, C]
def fold(x: Tensor, rows: int, t: int, shape: List[int]) -> Tensor:
  H, K, C = __torch__.shape.heads(shape)
  x = torch.view(x, [rows, t, K, H // K, C])
  return torch.reshape(torch.permute(x, [0, 2, 3, 1, 4]), [rows, K, -1, C])


# x [rows, K, G t, C] -> [rows t, H C]
def unfold(x: Tensor, rows: int, t: int, shape: List[int]) -> Tensor:
  H, K, C = __torch__.shape.heads(shape)
  x = torch.reshape(x, [rows, K, H // K, t, C])
  return torch.reshape(torch.permute(x, [0, 3, 1, 2, 4]), [rows * t, H * C])


# Padded queries of the prompts and of the rows.
def queries(x: Tensor, batch: List[Tensor], sizes: List[int], shape: List[int]) -> Tuple[Tensor, Tensor]:
  ids, positions, prompt_gather, prompt_places, row_gather, row_places, row_prompt, prompt_length, source, target, place = batch
  P, T, B, Q, NP, R = sizes
  prompts = __torch__.train_attention.fold(torch.index_select(x, 0, prompt_gather), P, T, shape)
  rows = __torch__.train_attention.fold(torch.index_select(x, 0, row_gather), B, Q, shape)
  return (prompts, rows)


# The same of gradients: padding is zero.
def spread(g: Tensor, batch: List[Tensor], sizes: List[int], shape: List[int]) -> Tuple[Tensor, Tensor]:
  ids, positions, prompt_gather, prompt_places, row_gather, row_places, row_prompt, prompt_length, source, target, place = batch
  P, T, B, Q, NP, R = sizes
  width = torch.size(g, 1)
  n = NP
  prompts = torch.zeros([P * T, width])
  prompts = torch.index_copy_(prompts, 0, prompt_places, torch.slice(g, 0, 0, n))
  rows = torch.zeros([B * Q, width])
  rows = torch.index_copy_(rows, 0, row_places, torch.slice(g, 0, n, torch.size(g, 0)))
  prompts = __torch__.train_attention.fold(prompts, P, T, shape)
  rows = __torch__.train_attention.fold(rows, B, Q, shape)
  return (prompts, rows)


# Keys and values of the prompts [P, T, 2K, C], and of the rows with their prompt's in front [B, T + Q, 2K, C].
def keys(every: Tensor, batch: List[Tensor], sizes: List[int], shape: List[int]) -> Tuple[Tensor, Tensor]:
  ids, positions, prompt_gather, prompt_places, row_gather, row_places, row_prompt, prompt_length, source, target, place = batch
  P, T, B, Q, NP, R = sizes
  H, K, C = __torch__.shape.heads(shape)
  width = 2 * K
  kv = torch.slice(every, 1, H, H + width)  # [N, 2K, C]
  prompts = torch.view(torch.index_select(kv, 0, prompt_gather), [P, T, width, C])
  own = torch.view(torch.index_select(kv, 0, row_gather), [B, Q, width, C])
  return (prompts, torch.cat([torch.index_select(prompts, 0, row_prompt), own], 1))


# kv [rows, t, 2K, C] -> keys and values [rows, K, t, C]
def halves(kv: Tensor, shape: List[int]) -> Tuple[Tensor, Tensor]:
  H, K, C = __torch__.shape.heads(shape)
  k = torch.transpose(torch.slice(kv, 2, 0, K), 1, 2)
  return (k, torch.transpose(torch.slice(kv, 2, K, 2 * K), 1, 2))


# queries [rows, K, G t, C] -> the same and the log-sum-exps, which are empty where scores are capped
def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, numbers: List[float]) -> Tuple[Tensor, Tensor]:
  factor = __torch__.shape.score_factor(numbers)
  cap = __torch__.shape.score_cap(numbers)
  if cap > 0.:
    lse = torch.zeros([0])
    a = __torch__.train_capped.forward(q, k, v, mask, factor, cap)
  else:
    a, lse = ops.aten._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0., False, attn_mask=mask, scale=factor)
  return (a, lse)


# every [N, H + 2K, C] -> [N, H C] and the log-sum-exps of prompts and rows
def forward(every: Tensor, batch: List[Tensor], sizes: List[int], shape: List[int], numbers: List[float], promptMask: Tensor, rowMask: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
  ids, positions, prompt_gather, prompt_places, row_gather, row_places, row_prompt, prompt_length, source, target, place = batch
  P, T, B, Q, NP, R = sizes
  H, K, C = __torch__.shape.heads(shape)
  n = torch.size(every, 0)
  q = torch.reshape(torch.slice(every, 1, 0, H), [n, H * C])
  qp, qr = __torch__.train_attention.queries(q, batch, sizes, shape)
  kvp, kvr = __torch__.train_attention.keys(every, batch, sizes, shape)
  k, v = __torch__.train_attention.halves(kvp, shape)
  a, prompts = __torch__.train_attention.attend(qp, k, v, promptMask, numbers)
  a = torch.index_select(__torch__.train_attention.unfold(a, P, T, shape), 0, prompt_places)
  rows = torch.zeros([0])
  if Q > 0:
    k, v = __torch__.train_attention.halves(kvr, shape)
    b, rows = __torch__.train_attention.attend(qr, k, v, rowMask, numbers)
    b = torch.index_select(__torch__.train_attention.unfold(b, B, Q, shape), 0, row_places)
    a = torch.cat([a, b], 0)
  return (a, prompts, rows)


# Gradients of queries [rows, K, G t, C] and of keys and values [rows, t, 2K, C].
def part(g: Tensor, q: Tensor, kv: Tensor, a: Tensor, lse: Tensor, shape: List[int], numbers: List[float], mask: Tensor) -> Tuple[Tensor, Tensor]:
  k, v = __torch__.train_attention.halves(kv, shape)
  factor = __torch__.shape.score_factor(numbers)
  cap = __torch__.shape.score_cap(numbers)
  if cap > 0.:
    gq, gk, gv = __torch__.train_capped.backward(g, q, k, v, a, mask, factor, cap)
  else:
    gq, gk, gv = ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(g, q, k, v, a, lse, 0., False, attn_mask=mask, scale=factor)
  return (gq, torch.cat([torch.transpose(gk, 1, 2), torch.transpose(gv, 1, 2)], 2))


# ga [N, H C] -> gradient of every [N, H + 2K, C]
def backward(ga: Tensor, every: Tensor, a: Tensor, prompts: Tensor, rows: Tensor, batch: List[Tensor], sizes: List[int], shape: List[int], numbers: List[float], promptMask: Tensor, rowMask: Tensor) -> Tensor:
  ids, positions, prompt_gather, prompt_places, row_gather, row_places, row_prompt, prompt_length, source, target, place = batch
  P, T, B, Q, NP, R = sizes
  H, K, C = __torch__.shape.heads(shape)
  n = torch.size(every, 0)
  width = 2 * K
  q = torch.reshape(torch.slice(every, 1, 0, H), [n, H * C])
  qp, qr = __torch__.train_attention.queries(q, batch, sizes, shape)
  ap, ar = __torch__.train_attention.queries(a, batch, sizes, shape)
  gp, gr = __torch__.train_attention.spread(ga, batch, sizes, shape)
  kvp, kvr = __torch__.train_attention.keys(every, batch, sizes, shape)
  gq, gkv = __torch__.train_attention.part(gp, qp, kvp, ap, prompts, shape, numbers, promptMask)
  gq = torch.index_select(__torch__.train_attention.unfold(gq, P, T, shape), 0, prompt_places)
  if Q > 0:
    gqr, gkvr = __torch__.train_attention.part(gr, qr, kvr, ar, rows, shape, numbers, rowMask)
    gqr = torch.index_select(__torch__.train_attention.unfold(gqr, B, Q, shape), 0, row_places)
    gq = torch.cat([gq, gqr], 0)
    gkv = torch.index_add_(torch.contiguous(gkv), 0, row_prompt, torch.slice(gkvr, 1, 0, T))  # [P, T, 2K, C]
    own = torch.reshape(torch.slice(gkvr, 1, T, T + Q), [-1, width, C])
    gown = torch.index_select(own, 0, row_places)
    gkv = torch.index_select(torch.reshape(gkv, [-1, width, C]), 0, prompt_places)
    gkv = torch.cat([gkv, gown], 0)
  else:
    gkv = torch.index_select(torch.reshape(gkv, [-1, width, C]), 0, prompt_places)
  return torch.cat([torch.view(gq, [n, H, C]), gkv], 1)
