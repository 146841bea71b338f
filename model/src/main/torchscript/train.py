# Training: forward with a tape of plain tensors, backward by written-out derivatives, AdamW. No autograd graph.
# Letters: N packed tokens, M response tokens, B rows, P prompts, T longest prompt, Q longest response less one,
# R longest response, D width, H query heads, K key/value heads, C head width, V vocabulary, L layers.
#
# weights: [embedding, head, final norm, value weight, value bias], then 12 per layer:
#   0 norm, 1 qkv, 2 qkv bias, 3 query norm, 4 key norm, 5 output, 6 output bias, 7 norm,
#   8 gate+up, 9 gate+up bias, 10 down, 11 down bias; what a model lacks is empty. gradients: likewise
# batch: [ids [N], positions [N], prompt gather [P T], prompt places, row gather [B Q], row places, row prompt [B],
#   row prompt length [B], source [M], target [M], place [M]]; packed order: all prompts, then all responses less
#   their last token. A gather reads packed tokens into padded form, places lead back
# sizes: [P, T, B, Q, prompt tokens, R]
# shape: [L, H, K, C, kinds of windows, the windows (0: all), then per layer: 1 if it rotates, index of its window]
# tape: [log-sum-exp [M], last residual [N, D]], then 7 per layer: see layers.py
class Train(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Parts of a flat tensor: offset, rows, columns of each; columns 0 makes a vector.
  def views(self, flat: Tensor, places: List[int]) -> List[Tensor]:
    parts = annotate(List[Tensor], [])
    for i in range(len(places) // 3):
      rows = places[3 * i + 1]
      columns = places[3 * i + 2]
      if columns == 0:
        part = torch.slice(flat, 0, places[3 * i], places[3 * i] + rows)
      else:
        part = torch.view(torch.slice(flat, 0, places[3 * i], places[3 * i] + rows * columns), [rows, columns])
      parts = torch.append(parts, part)
    return parts

  # Returns logprobs, entropy, values [B, R] and the tape; a model without head or value head leaves zeros.
  def forward(self, weights: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], frequencies: Tensor, eps: float, scale: float, keep: bool) -> List[Tensor]:
    rotation = __torch__.layers.rotation(batch[1], frequencies)
    masks = __torch__.attention.masks(batch, sizes, shape)
    tape = annotate(List[Tensor], [])
    x = torch.embedding(weights[0], batch[0])  # [N, D]
    for l in range(shape[0]):
      x = __torch__.layers.forward(x, l, weights, batch, sizes, shape, rotation, masks, eps, keep, tape)
    h = torch.index_select(torch.rms_norm(x, [torch.size(x, 1)], weights[2], eps), 0, batch[8])  # [M, D]
    count = torch.size(h, 0)
    logprobs = torch.zeros([count])
    entropy = torch.zeros([count])
    lse = torch.zeros([count])
    values = torch.zeros([count])
    if torch.numel(weights[1]) > 0:
      __torch__.vocabulary.forward(h, weights[1], batch[9], scale, logprobs, entropy, lse)
    if torch.numel(weights[3]) > 0:
      values = torch.add(torch.matmul(h, torch.select(weights[3], 0, 0)), weights[4])  # [M]
    results = annotate(List[Tensor], [])
    for column in [logprobs, entropy, values]:
      padded = torch.index_copy(torch.zeros([sizes[2] * sizes[5]]), 0, batch[10], column)
      results = torch.append(results, torch.view(padded, [sizes[2], sizes[5]]))  # [B, R]
    if keep:
      results = torch.append(results, lse)
      results = torch.append(results, x)
      for kept in tape:
        results = torch.append(results, kept)
    return results

  # Adds to gradients what the gradients [B, R] of logprobs, entropy and values say; entropy [B, R] is the forward's.
  def backward(self, weights: List[Tensor], gradients: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], frequencies: Tensor, eps: float, scale: float, tape: List[Tensor], columns: List[Tensor], withEntropy: bool) -> None:
    rotation = __torch__.layers.rotation(batch[1], frequencies)
    masks = __torch__.attention.masks(batch, sizes, shape)
    x = tape[1]
    normed = torch.rms_norm(x, [torch.size(x, 1)], weights[2], eps)  # [N, D]
    h = torch.index_select(normed, 0, batch[8])  # [M, D]
    picked = annotate(List[Tensor], [])
    for column in columns:
      picked = torch.append(picked, torch.index_select(torch.flatten(column), 0, batch[10]))  # [M]
    gh = torch.zeros_like(h)
    if torch.numel(weights[1]) > 0:
      __torch__.vocabulary.backward(h, weights[1], gradients[1], batch[9], scale, tape[0], picked, withEntropy, gh)
    if torch.numel(weights[3]) > 0:
      g = torch.unsqueeze(picked[2], 1)  # [M, 1]
      gh = torch.addmm_(gh, g, weights[3])
      __torch__.products.accumulate(gradients[3], g, h)
      total = torch.add_(gradients[4], torch.sum(g))
    g = torch.index_add_(torch.zeros_like(x), 0, batch[8], gh)  # [N, D]
    g = __torch__.layers.norm_backward(g, x, weights[2], gradients[2], eps)
    for i in range(shape[0]):
      l = shape[0] - 1 - i
      g = __torch__.layers.backward(g, l, weights, gradients, batch, sizes, shape, rotation, masks, eps, tape)
    total = torch.index_add_(gradients[0], 0, batch[0], g)
