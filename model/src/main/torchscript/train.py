# Training: forward with a tape of plain tensors, backward by written-out derivatives, AdamW. No autograd graph.
# Letters: N packed tokens, M response tokens, B rows, P prompts, T longest prompt, Q longest response less one,
# R longest response, D width, H query heads, K key/value heads, C head width, V vocabulary, L layers.
#
# weights, gradients: see train_weights.py. shape: see shape.py
# batch: [ids [N], positions [N], prompt gather [P T], prompt places, row gather [B Q], row places, row prompt [B],
#   row prompt length [B], source [M], target [M], place [M]]; packed order: all prompts, then all responses less
#   their last token. A gather reads packed tokens into padded form, places lead back
# sizes: [P, T, B, Q, prompt tokens, R]
# tape: [log-sum-exp [M], last residual [N, D]], then 7 per layer: see train_layer.py
class Train(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Parts of a flat tensor: offset, rows, columns of each; columns 0 makes a vector, those below 0 the transpose [-columns, rows].
  def views(self, flat: Tensor, places: List[int]) -> List[Tensor]:
    parts = annotate(List[Tensor], [])
    for i in range(len(places) // 3):
      rows = places[3 * i + 1]
      columns = places[3 * i + 2]
      if columns == 0:
        part = torch.slice(flat, 0, places[3 * i], places[3 * i] + rows)
      elif columns > 0:
        part = torch.view(torch.slice(flat, 0, places[3 * i], places[3 * i] + rows * columns), [rows, columns])
      else:
        part = torch.t(torch.view(torch.slice(flat, 0, places[3 * i], places[3 * i] - rows * columns), [rows, -columns]))
      parts = torch.append(parts, part)
    return parts

  # Copies of the weights of projections in bfloat16, in the order of weights; of the others nothing.
  def halves(self, weights: List[Tensor], shape: List[int]) -> List[Tensor]:
    copies = annotate(List[Tensor], [])
    for i in range(len(weights)):
      if __torch__.train_weights.projection(i, shape):
        copies = torch.append(copies, torch.to(weights[i], 15))
      else:
        copies = torch.append(copies, torch.zeros([0], dtype=15))
    return copies

  # The copies anew.
  def refresh(self, copies: List[Tensor], weights: List[Tensor]) -> None:
    for i in range(len(copies)):
      if torch.numel(copies[i]) > 0:
        copy = torch.copy_(copies[i], weights[i])

  # Returns logprobs, entropy, values [B, R] and the tape; a model without head or value head leaves zeros. With O > 1 outputs values are [B, R, O].
  def forward(self, weights: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], frequencies: Tensor, numbers: List[float], scale: float, keep: bool) -> List[Tensor]:
    weights = __torch__.train_weights.offset(weights, shape)
    embedding, head, norm, value_w, value_b = __torch__.train_weights.model(weights)
    positions_w, norm_b = __torch__.train_weights.more_model(weights, shape)
    eps = __torch__.shape.eps(numbers)
    ids, positions, prompt_gather, prompt_places, row_gather, row_places, row_prompt, prompt_length, source, target, place = batch
    P, T, B, Q, NP, R = sizes
    rotation = __torch__.train_layer.rotation(positions, frequencies, shape, numbers)
    masks = __torch__.train_attention.masks(batch, sizes, shape)
    tape = annotate(List[Tensor], [])
    x = __torch__.train_embedding.forward(weights, batch, shape, numbers)  # [N, D]
    for l in range(__torch__.shape.layers(shape)):
      x = __torch__.train_layer.forward(x, l, weights, batch, sizes, shape, rotation, masks, numbers, keep, tape)
    h = torch.index_select(__torch__.train_norm.forward(x, norm, norm_b, eps), 0, source)  # [M, D]
    count = torch.size(h, 0)
    logprobs = torch.zeros([count])
    entropy = torch.zeros([count])
    lse = torch.zeros([count])
    values = torch.zeros([count])
    cap = __torch__.shape.logit_cap(numbers)
    if torch.numel(head) > 0:
      __torch__.train_vocabulary.forward(h, head, target, scale, cap, logprobs, entropy, lse)
    if torch.numel(value_w) > 0:
      if torch.size(value_w, 0) > 1:  # several outputs of a score head
        values = torch.matmul(h, torch.t(value_w))  # [M, O]
      else:
        values = torch.matmul(h, torch.select(value_w, 0, 0))  # [M]
      if torch.numel(value_b) > 0:  # the score head of a classifier has none
        values = torch.add(values, value_b)
    results = annotate(List[Tensor], [])
    for column in [logprobs, entropy, values]:
      if torch.dim(column) > 1:
        O = torch.size(column, 1)
        padded = torch.index_copy(torch.zeros([B * R, O]), 0, place, column)
        results = torch.append(results, torch.view(padded, [B, R, O]))  # [B, R, O]
      else:
        padded = torch.index_copy(torch.zeros([B * R]), 0, place, column)
        results = torch.append(results, torch.view(padded, [B, R]))  # [B, R]
    if keep:
      results = torch.append(results, lse)
      results = torch.append(results, x)
      for kept in tape:
        results = torch.append(results, kept)
    return results

  # The states [M, D] before each response token, and the head [V, D] that makes logits of them.
  def states(self, weights: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], frequencies: Tensor, numbers: List[float]) -> List[Tensor]:
    weights = __torch__.train_weights.offset(weights, shape)
    embedding, head, norm, value_w, value_b = __torch__.train_weights.model(weights)
    positions_w, norm_b = __torch__.train_weights.more_model(weights, shape)
    eps = __torch__.shape.eps(numbers)
    ids, positions, prompt_gather, prompt_places, row_gather, row_places, row_prompt, prompt_length, source, target, place = batch
    rotation = __torch__.train_layer.rotation(positions, frequencies, shape, numbers)
    masks = __torch__.train_attention.masks(batch, sizes, shape)
    tape = annotate(List[Tensor], [])
    x = __torch__.train_embedding.forward(weights, batch, shape, numbers)  # [N, D]
    for l in range(__torch__.shape.layers(shape)):
      x = __torch__.train_layer.forward(x, l, weights, batch, sizes, shape, rotation, masks, numbers, False, tape)
    results = annotate(List[Tensor], [])
    results = torch.append(results, torch.index_select(__torch__.train_norm.forward(x, norm, norm_b, eps), 0, source))
    return torch.append(results, head)

  # KL over the vocabulary [B, R] of other, a model's states and head, to this model; tape: the forward's.
  def divergence(self, weights: List[Tensor], other: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], numbers: List[float], scale: float, other_cap: float, tape: List[Tensor]) -> List[Tensor]:
    weights = __torch__.train_weights.offset(weights, shape)
    embedding, head, norm, value_w, value_b = __torch__.train_weights.model(weights)
    positions_w, norm_b = __torch__.train_weights.more_model(weights, shape)
    eps = __torch__.shape.eps(numbers)
    ids, positions, prompt_gather, prompt_places, row_gather, row_places, row_prompt, prompt_length, source, target, place = batch
    P, T, B, Q, NP, R = sizes
    lse, x = torch.slice(tape, 0, 2)
    h = torch.index_select(__torch__.train_norm.forward(x, norm, norm_b, eps), 0, source)  # [M, D]
    other_h, other_head = other
    kl = torch.zeros([torch.size(h, 0)])
    __torch__.train_vocabulary.divergence(h, head, lse, other_h, other_head, scale, __torch__.shape.logit_cap(numbers), other_cap, kl)
    results = annotate(List[Tensor], [])
    return torch.append(results, torch.view(torch.index_copy(torch.zeros([B * R]), 0, place, kl), [B, R]))

  # Sum of squared probabilities and self-certainty [B, R] of the distributions that a model's states and head make.
  def statistics(self, states: List[Tensor], batch: List[Tensor], sizes: List[int], scale: float, cap: float) -> List[Tensor]:
    ids, positions, prompt_gather, prompt_places, row_gather, row_places, row_prompt, prompt_length, source, target, place = batch
    P, T, B, Q, NP, R = sizes
    h, head = states
    squares = torch.zeros([torch.size(h, 0)])
    certainty = torch.zeros([torch.size(h, 0)])
    __torch__.train_vocabulary.statistics(h, head, scale, cap, squares, certainty)
    results = annotate(List[Tensor], [])
    for column in [squares, certainty]:
      padded = torch.index_copy(torch.zeros([B * R]), 0, place, column)
      results = torch.append(results, torch.view(padded, [B, R]))  # [B, R]
    return results

  # Adds to gradients what the gradients [B, R] of logprobs, entropy and values say; entropy [B, R] is the forward's.
  # With other, a model's states and head, the gradient of the divergence is the last column.
  def backward(self, weights: List[Tensor], gradients: List[Tensor], other: List[Tensor], batch: List[Tensor], sizes: List[int], shape: List[int], frequencies: Tensor, numbers: List[float], scale: float, other_cap: float, tape: List[Tensor], columns: List[Tensor], withEntropy: bool) -> None:
    weights = __torch__.train_weights.offset(weights, shape)
    embedding, head, norm, value_w, value_b = __torch__.train_weights.model(weights)
    positions_w, norm_b = __torch__.train_weights.more_model(weights, shape)
    eps = __torch__.shape.eps(numbers)
    embedding_g, head_g, norm_g, value_wg, value_bg = __torch__.train_weights.model(gradients)
    positions_g, norm_bg = __torch__.train_weights.more_model(gradients, shape)
    ids, positions, prompt_gather, prompt_places, row_gather, row_places, row_prompt, prompt_length, source, target, place = batch
    rotation = __torch__.train_layer.rotation(positions, frequencies, shape, numbers)
    masks = __torch__.train_attention.masks(batch, sizes, shape)
    lse, x = torch.slice(tape, 0, 2)
    normed = __torch__.train_norm.forward(x, norm, norm_b, eps)  # [N, D]
    h = torch.index_select(normed, 0, source)  # [M, D]
    picked = annotate(List[Tensor], [])  # as in columns
    for column in columns:
      if torch.dim(column) > 2:
        picked = torch.append(picked, torch.index_select(torch.flatten(column, 0, 1), 0, place))  # [M, O]
      else:
        picked = torch.append(picked, torch.index_select(torch.flatten(column), 0, place))  # [M]
    gh = torch.zeros_like(h)
    own = torch.slice(picked, 0, 4)
    cap = __torch__.shape.logit_cap(numbers)
    if torch.numel(head) > 0:
      __torch__.train_vocabulary.backward(h, head, head_g, target, scale, cap, lse, own, withEntropy, gh)
    if len(other) > 0:
      other_h, other_head = other
      __torch__.train_vocabulary.divergence_backward(h, head, head_g, lse, other_h, other_head, scale, cap, other_cap, picked[4], gh)
    if torch.numel(value_w) > 0:
      logprobs_g, entropy_g, values_g, entropy = own
      g = torch.view(values_g, [torch.size(h, 0), torch.size(value_w, 0)])  # [M, O]
      gh = torch.addmm_(gh, g, value_w)
      __torch__.train_weights.accumulate(value_wg, g, h)
      if torch.numel(value_bg) > 1:
        total = torch.add_(value_bg, torch.sum(g, [0]))  # [O]
      else:
        total = torch.add_(value_bg, torch.sum(g))
    g = torch.index_add_(torch.zeros_like(x), 0, source, gh)  # [N, D]
    g = __torch__.train_norm.backward(g, x, norm, norm_b, norm_g, norm_bg, eps)
    layers = __torch__.shape.layers(shape)
    for i in range(layers):
      l = layers - 1 - i
      g = __torch__.train_layer.backward(g, l, weights, gradients, batch, sizes, shape, rotation, masks, numbers, tape)
    __torch__.train_embedding.backward(g, gradients, batch, shape, numbers)
