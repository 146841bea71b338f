# Attention over packed tokens in which the rows of a group share their prompt's keys and values. Prompts attend
# among themselves [P, T]; responses to their prompt and themselves [B, Q] x [B, T + Q]. The G = H / K query heads
# of a key head are folded into the columns, so keys are never repeated.


# Per kind of window: mask of prompts [1, 1, G T, T] and of rows [B, 1, G Q, T + Q], 0 or minus infinity.
# A padded query sees itself at least, and padded keys are seen by padded queries only.
def masks(batch: List[Tensor], sizes: List[int], shape: List[int]) -> List[Tensor]:
  t = sizes[1]
  q = sizes[3]
  group = shape[1] // shape[2]
  columns = torch.arange(t)
  steps = torch.arange(q)
  lengths = torch.view(batch[7], [-1, 1, 1])  # [B, 1, 1]
  all = annotate(List[Tensor], [])
  for kind in range(shape[4]):
    window = shape[5 + kind]
    distance = torch.sub(torch.unsqueeze(columns, 1), torch.unsqueeze(columns, 0))  # [T, T] query - key
    seen = torch.ge(distance, 0)
    own = torch.sub(torch.unsqueeze(steps, 1), torch.unsqueeze(steps, 0))  # [Q, Q]
    mine = torch.ge(own, 0)
    behind = torch.lt(torch.view(columns, [1, 1, -1]), lengths)  # [B, 1, T]
    behind = torch.expand(behind, [-1, q, -1])  # [B, Q, T]
    if window > 0:
      seen = torch.__and__(seen, torch.lt(distance, window))
      mine = torch.__and__(mine, torch.lt(own, window))
      far = torch.sub(torch.add(lengths, torch.view(steps, [1, -1, 1])), torch.view(columns, [1, 1, -1]))
      behind = torch.__and__(behind, torch.lt(far, window))
    rows = torch.cat([behind, torch.expand(torch.unsqueeze(mine, 0), [sizes[2], -1, -1])], 2)  # [B, Q, T + Q]
    for visible in [torch.unsqueeze(seen, 0), rows]:
      mask = torch.masked_fill_(torch.zeros(torch.size(visible)), torch.logical_not(visible), -inf)
      all = torch.append(all, torch.unsqueeze(torch.repeat(mask, [1, group, 1]), 1))
  return all


# x [rows t, H C] -> [rows, K, G t, C]
def fold(x: Tensor, rows: int, t: int, shape: List[int]) -> Tensor:
  x = torch.view(x, [rows, t, shape[2], shape[1] // shape[2], shape[3]])
  return torch.reshape(torch.permute(x, [0, 2, 3, 1, 4]), [rows, shape[2], -1, shape[3]])


# x [rows, K, G t, C] -> [rows t, H C]
def unfold(x: Tensor, rows: int, t: int, shape: List[int]) -> Tensor:
  x = torch.reshape(x, [rows, shape[2], shape[1] // shape[2], t, shape[3]])
  return torch.reshape(torch.permute(x, [0, 3, 1, 2, 4]), [rows * t, shape[1] * shape[3]])


# Padded queries of the prompts and of the rows.
def queries(x: Tensor, batch: List[Tensor], sizes: List[int], shape: List[int]) -> Tuple[Tensor, Tensor]:
  prompts = __torch__.attention.fold(torch.index_select(x, 0, batch[2]), sizes[0], sizes[1], shape)
  rows = __torch__.attention.fold(torch.index_select(x, 0, batch[4]), sizes[2], sizes[3], shape)
  return (prompts, rows)


# The same of gradients: padding is zero.
def spread(g: Tensor, batch: List[Tensor], sizes: List[int], shape: List[int]) -> Tuple[Tensor, Tensor]:
  width = torch.size(g, 1)
  n = sizes[4]
  prompts = torch.zeros([sizes[0] * sizes[1], width])
  prompts = torch.index_copy_(prompts, 0, batch[3], torch.slice(g, 0, 0, n))
  rows = torch.zeros([sizes[2] * sizes[3], width])
  rows = torch.index_copy_(rows, 0, batch[5], torch.slice(g, 0, n, torch.size(g, 0)))
  prompts = __torch__.attention.fold(prompts, sizes[0], sizes[1], shape)
  rows = __torch__.attention.fold(rows, sizes[2], sizes[3], shape)
  return (prompts, rows)


# Keys and values of the prompts [P, T, 2K, C], and of the rows with their prompt's in front [B, T + Q, 2K, C].
def keys(every: Tensor, batch: List[Tensor], sizes: List[int], shape: List[int]) -> Tuple[Tensor, Tensor]:
  width = 2 * shape[2]
  kv = torch.slice(every, 1, shape[1], shape[1] + width)  # [N, 2K, C]
  prompts = torch.view(torch.index_select(kv, 0, batch[2]), [sizes[0], sizes[1], width, shape[3]])
  own = torch.view(torch.index_select(kv, 0, batch[4]), [sizes[2], sizes[3], width, shape[3]])
  return (prompts, torch.cat([torch.index_select(prompts, 0, batch[6]), own], 1))


# kv [rows, t, 2K, C] -> keys and values [rows, K, t, C]
def halves(kv: Tensor, shape: List[int]) -> Tuple[Tensor, Tensor]:
  k = torch.transpose(torch.slice(kv, 2, 0, shape[2]), 1, 2)
  return (k, torch.transpose(torch.slice(kv, 2, shape[2], 2 * shape[2]), 1, 2))


# every [N, H + 2K, C] -> [N, H C] and the log-sum-exps of prompts and rows
def forward(every: Tensor, batch: List[Tensor], sizes: List[int], shape: List[int], promptMask: Tensor, rowMask: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
  n = torch.size(every, 0)
  q = torch.reshape(torch.slice(every, 1, 0, shape[1]), [n, shape[1] * shape[3]])
  qp, qr = __torch__.attention.queries(q, batch, sizes, shape)
  kvp, kvr = __torch__.attention.keys(every, batch, sizes, shape)
  k, v = __torch__.attention.halves(kvp, shape)
  a, prompts = ops.aten._scaled_dot_product_flash_attention_for_cpu(qp, k, v, 0., False, attn_mask=promptMask)
  a = torch.index_select(__torch__.attention.unfold(a, sizes[0], sizes[1], shape), 0, batch[3])
  rows = torch.zeros([0])
  if sizes[3] > 0:
    k, v = __torch__.attention.halves(kvr, shape)
    b, rows = ops.aten._scaled_dot_product_flash_attention_for_cpu(qr, k, v, 0., False, attn_mask=rowMask)
    b = torch.index_select(__torch__.attention.unfold(b, sizes[2], sizes[3], shape), 0, batch[5])
    a = torch.cat([a, b], 0)
  return (a, prompts, rows)


# Gradients of queries [rows, K, G t, C] and of keys and values [rows, t, 2K, C].
def part(g: Tensor, q: Tensor, kv: Tensor, a: Tensor, lse: Tensor, shape: List[int], mask: Tensor) -> Tuple[Tensor, Tensor]:
  k, v = __torch__.attention.halves(kv, shape)
  gq, gk, gv = ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(g, q, k, v, a, lse, 0., False, attn_mask=mask)
  return (gq, torch.cat([torch.transpose(gk, 1, 2), torch.transpose(gv, 1, 2)], 2))


# ga [N, H C] -> gradient of every [N, H + 2K, C]
def backward(ga: Tensor, every: Tensor, a: Tensor, prompts: Tensor, rows: Tensor, batch: List[Tensor], sizes: List[int], shape: List[int], promptMask: Tensor, rowMask: Tensor) -> Tensor:
  n = torch.size(every, 0)
  width = 2 * shape[2]
  q = torch.reshape(torch.slice(every, 1, 0, shape[1]), [n, shape[1] * shape[3]])
  qp, qr = __torch__.attention.queries(q, batch, sizes, shape)
  ap, ar = __torch__.attention.queries(a, batch, sizes, shape)
  gp, gr = __torch__.attention.spread(ga, batch, sizes, shape)
  kvp, kvr = __torch__.attention.keys(every, batch, sizes, shape)
  gq, gkv = __torch__.attention.part(gp, qp, kvp, ap, prompts, shape, promptMask)
  gq = torch.index_select(__torch__.attention.unfold(gq, sizes[0], sizes[1], shape), 0, batch[3])
  if sizes[3] > 0:
    gqr, gkvr = __torch__.attention.part(gr, qr, kvr, ar, rows, shape, rowMask)
    gqr = torch.index_select(__torch__.attention.unfold(gqr, sizes[2], sizes[3], shape), 0, batch[5])
    gq = torch.cat([gq, gqr], 0)
    gkv = torch.index_add_(torch.contiguous(gkv), 0, batch[6], torch.slice(gkvr, 1, 0, sizes[1]))  # [P, T, 2K, C]
    own = torch.reshape(torch.slice(gkvr, 1, sizes[1], sizes[1] + sizes[3]), [-1, width, shape[3]])
    gown = torch.index_select(own, 0, batch[5])
    gkv = torch.index_select(torch.reshape(gkv, [-1, width, shape[3]]), 0, batch[3])
    gkv = torch.cat([gkv, gown], 0)
  else:
    gkv = torch.index_select(torch.reshape(gkv, [-1, width, shape[3]]), 0, batch[3])
  return torch.cat([torch.view(gq, [n, shape[1], shape[3]]), gkv], 1)
