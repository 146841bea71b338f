# Generation with a key/value cache. Letters: B rows, P prompts, T columns, D width, H query heads, K key/value
# heads, C head width, G = H / K, V vocabulary, L layers.
#
# weights: see decode_weights.py. shape: see shape.py
class Decode(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # The parts of a matrix [N, K], stacked along N and packed: the matrix and its scales.
  def pack(self, parts: List[Tensor], bf16: bool) -> List[Tensor]:
    w = torch.cat(parts)
    return [__torch__.gemm.pack(w, bf16), __torch__.gemm.scales(w)]

  # The parts of a matrix [N, K], stacked along N, and nothing: not packed.
  def stack(self, parts: List[Tensor], bf16: bool) -> List[Tensor]:
    w = torch.cat(parts)
    if bf16:
      w = torch.to(w, 15)
    return [w, torch.zeros([0])]

  # x [K, N], as a matrix [N, K].
  def transposed(self, x: Tensor) -> Tensor:
    return torch.contiguous(torch.t(x))

  # What a norm multiplies by whose parameter is w.
  def offset(self, w: Tensor) -> Tensor:
    return torch.add(w, 1.)

  # One weight vector [H + K, C] for the norms of H query and K key heads.
  def head_norm(self, query: Tensor, key: Tensor, heads: int, groups: int) -> Tensor:
    c = torch.size(query, 0)
    return torch.cat([torch.expand(query, [heads, c]), torch.expand(key, [groups, c])])

  # cos and sin of the angles at the first positions, the sign of the rotation in sin: [positions, kinds, C].
  def rotary(self, frequencies: Tensor, positions: int, shape: List[int], numbers: List[float]) -> List[Tensor]:
    all_cos = annotate(List[Tensor], [])
    all_sin = annotate(List[Tensor], [])
    kinds = __torch__.shape.rotations(shape)
    half = torch.size(frequencies, 0) // kinds
    for kind in range(kinds):
      own = torch.slice(frequencies, 0, kind * half, (kind + 1) * half)
      angles = torch.outer(torch.to(torch.arange(positions), 6), own)  # [positions, C / 2]
      cos = torch.cos(angles)
      sin = torch.sin(angles)
      factor = __torch__.shape.rotation_factor(numbers, kind)
      if factor != 1.:
        cos = torch.mul_(cos, factor)
        sin = torch.mul_(sin, factor)
      all_cos = torch.append(all_cos, torch.unsqueeze(torch.cat([cos, cos], 1), 1))
      all_sin = torch.append(all_sin, torch.unsqueeze(torch.cat([torch.neg(sin), sin], 1), 1))
    return [torch.cat(all_cos, 1), torch.cat(all_sin, 1)]

  # What is added to attention scores: minus infinity where rows left-padded by pads [B] have padding, else 0.
  def mask(self, pads: Tensor, columns: int) -> Tensor:
    m = torch.lt(torch.unsqueeze(torch.arange(columns), 0), torch.unsqueeze(pads, 1))  # [B, columns]
    m = torch.masked_fill(torch.zeros([torch.size(pads, 0), columns]), m, -inf)
    return torch.unsqueeze(torch.unsqueeze(m, 1), 1)  # [B, 1, 1, columns]

  # Runs the prompts ids [P, T], left-padded by pads [P], and fills columns from .. from + T of the cache rows
  # first .. first + P * group, each prompt's group times. Returns logits of the next token [P, V].
  def prefill(self, ids: Tensor, pads: Tensor, padded: bool, from_: int, first: int, group: int, weights: List[Tensor], keys: List[Tensor], values: List[Tensor], shape: List[int], numbers: List[float], scale: float) -> Tensor:
    embedding, head, head_s, norm, all_cos, all_sin = __torch__.decode_weights.model(weights)
    positions, norm_b = __torch__.decode_weights.more_model(weights, shape)
    H, K, C = __torch__.shape.heads(shape)
    factor = __torch__.shape.score_factor(numbers)
    capped = __torch__.shape.score_cap(numbers) > 0.
    p = torch.size(ids, 0)
    t = torch.size(ids, 1)
    columns = torch.arange(t)
    places = torch.clamp(torch.sub(torch.unsqueeze(columns, 0), torch.unsqueeze(pads, 1)), 0)  # [P, T]
    cos = torch.index_select(all_cos, 0, torch.flatten(places))  # [P T, 1, C]
    sin = torch.index_select(all_sin, 0, torch.flatten(places))
    distance = torch.sub(torch.unsqueeze(columns, 1), torch.unsqueeze(columns, 0))  # [T, T] query - key
    real = torch.ge(torch.unsqueeze(torch.unsqueeze(columns, 0), 0), torch.unsqueeze(torch.unsqueeze(pads, 1), 1))
    seen = torch.__and__(torch.unsqueeze(torch.ge(distance, 0), 0), real)  # [P, T, T]
    seen = torch.unsqueeze(torch.__or__(seen, torch.unsqueeze(torch.eq(distance, 0), 0)), 1)  # [P, 1, T, T]; padding sees itself
    x = __torch__.decode_layer.embed(torch.flatten(ids), weights, numbers)  # [P T, D]
    if torch.numel(positions) > 0:
      x = torch.add_(x, torch.embedding(positions, torch.flatten(places)))
    for l in range(__torch__.shape.layers(shape)):
      q, k, v = __torch__.decode_layer.project(x, cos, sin, l, weights, shape, numbers)
      q = torch.transpose(torch.view(q, [p, t, H, C]), 1, 2)  # [P, H, T, C]
      k = torch.transpose(torch.view(k, [p, t, K, C]), 1, 2)  # [P, K, T, C]
      v = torch.transpose(torch.view(v, [p, t, K, C]), 1, 2)
      window = __torch__.shape.window(shape, __torch__.shape.kind(shape, l))
      if capped or padded or (window > 0 and window < t):
        mask = seen
        if window > 0 and window < t:
          mask = torch.__and__(seen, torch.lt(distance, window))
        if capped:
          a = __torch__.decode_attention.capped(q, k, v, mask, numbers)
        else:
          a = torch.scaled_dot_product_attention(q, k, v, mask, 0., False, scale=factor, enable_gqa=True)
      else:
        a = torch.scaled_dot_product_attention(q, k, v, None, 0., True, scale=factor, enable_gqa=True)
      rows = torch.slice(torch.slice(keys[l], 0, first, first + p * group), 2, from_, from_ + t)
      rows = torch.copy_(rows, torch.repeat_interleave(k, group, 0))
      rows = torch.slice(torch.slice(values[l], 0, first, first + p * group), 2, from_, from_ + t)
      rows = torch.copy_(rows, torch.repeat_interleave(v, group, 0))
      a = torch.reshape(torch.transpose(a, 1, 2), [p * t, H * C])
      x = __torch__.decode_layer.finish(x, a, l, weights, shape, numbers)
    last = torch.select(torch.view(x, [p, t, torch.size(x, 1)]), 1, t - 1)  # [P, D]
    return __torch__.decode_layer.logits(last, weights, shape, numbers, scale)

  # Draws the token after the prompts. logits [P, V], rows [B] the prompt of each row. Returns as decode does.
  def start(self, logits: Tensor, rows: Tensor, u: Tensor, hidden: Tensor, greedy: bool, top_k: int, top_p: float, min_p: float) -> List[Tensor]:
    id, logprob, sampled = __torch__.sampling.draw(torch.index_select(logits, 0, rows), u, hidden, greedy, top_k, top_p, min_p)
    return [id, logprob, sampled, id]

  # Logits [B, V] of the tokens after tokens [B], which stand in column t.
  def step(self, tokens: Tensor, t: int, pads: Tensor, mask: Tensor, weights: List[Tensor], keys: List[Tensor], values: List[Tensor], shape: List[int], numbers: List[float], scale: float) -> Tensor:
    embedding, head, head_s, norm, all_cos, all_sin = __torch__.decode_weights.model(weights)
    positions, norm_b = __torch__.decode_weights.more_model(weights, shape)
    H, K, C = __torch__.shape.heads(shape)
    factor = __torch__.shape.score_factor(numbers)
    capped = __torch__.shape.score_cap(numbers) > 0.
    b = torch.size(tokens, 0)
    padded = torch.numel(mask) > 0
    x = __torch__.decode_layer.embed(tokens, weights, numbers)  # [B, D]
    if torch.numel(positions) > 0:
      x = torch.add_(x, torch.embedding(positions, torch.sub(t, pads)))
    if padded:
      place = torch.sub(t, pads)  # [B]
      cos = torch.index_select(all_cos, 0, place)  # [B, 1, C]
      sin = torch.index_select(all_sin, 0, place)
    else:
      cos = torch.slice(all_cos, 0, t, t + 1)  # [1, 1, C]
      sin = torch.slice(all_sin, 0, t, t + 1)
    for l in range(__torch__.shape.layers(shape)):
      q, k, v = __torch__.decode_layer.project(x, cos, sin, l, weights, shape, numbers)
      key = keys[l]
      value = values[l]
      spot = torch.copy_(torch.select(key, 2, t), k)
      spot = torch.copy_(torch.select(value, 2, t), v)
      window = __torch__.shape.window(shape, __torch__.shape.kind(shape, l))
      from_ = 0
      if window > 0:
        from_ = max(0, t + 1 - window)
      q = torch.view(q, [b, K, H // K, C])  # [B, K, G, C]: a group shares its keys
      key = torch.slice(key, 2, from_, t + 1)
      value = torch.slice(value, 2, from_, t + 1)
      if padded:
        seen = torch.slice(mask, 3, from_, t + 1)
      else:
        seen = mask
      if capped:
        a = __torch__.decode_attention.products(q, key, value, seen, numbers)
      elif padded:
        a = torch.scaled_dot_product_attention(q, key, value, seen, scale=factor)
      else:
        a = torch.scaled_dot_product_attention(q, key, value, scale=factor)
      x = __torch__.decode_layer.finish(x, torch.reshape(a, [b, H * C]), l, weights, shape, numbers)
    return __torch__.decode_layer.logits(x, weights, shape, numbers, scale)

  # Draws from the geometric mixture of two models: coef * reference + (1 - coef) * policy, logits [B, V] each.
  # Returns as decode does for one step.
  def mixed(self, reference: Tensor, policy: Tensor, coef: float, u: Tensor, hidden: Tensor, greedy: bool, top_k: int, top_p: float, min_p: float) -> List[Tensor]:
    logits = torch.add(torch.mul(reference, coef), torch.mul(policy, 1. - coef))
    id, logprob, sampled = __torch__.sampling.draw(logits, u, hidden, greedy, top_k, top_p, min_p)
    return [id, logprob, sampled, id]

  # Up to u.size(1) steps. tokens [B]: drawn last, to stand in column t. mask [B, 1, 1, columns] or empty.
  # left [B]: how many more tokens each row may have; a row ends at one of stops [S]. When all rows have ended
  # the steps end. Returns ids, logprobs, sampled logprobs, each [steps, B], and the last ids [B].
  def decode(self, tokens: Tensor, t: int, pads: Tensor, mask: Tensor, left: Tensor, stops: Tensor, u: Tensor, hidden: Tensor, greedy: bool, top_k: int, top_p: float, min_p: float, weights: List[Tensor], keys: List[Tensor], values: List[Tensor], shape: List[int], numbers: List[float], scale: float) -> List[Tensor]:
    ids = annotate(List[Tensor], [])
    logprobs = annotate(List[Tensor], [])
    sampleds = annotate(List[Tensor], [])
    b = torch.size(tokens, 0)
    done = torch.zeros([b], dtype=11)
    steps = torch.size(u, 1)
    i = 0
    going = True
    while going:
      logits = (self).step(tokens, t, pads, mask, weights, keys, values, shape, numbers, scale)  # [B, V]
      tokens, logprob, sampled = __torch__.sampling.draw(logits, torch.select(u, 1, i), hidden, greedy, top_k, top_p, min_p)
      ids = torch.append(ids, tokens)
      logprobs = torch.append(logprobs, logprob)
      sampleds = torch.append(sampleds, sampled)
      t = t + 1
      i = i + 1
      done = torch.__or__(done, torch.le(left, i))
      if torch.numel(stops) > 0:
        done = torch.__or__(done, torch.isin(tokens, stops))
      going = i < steps and not bool(torch.all(done))
    return [torch.stack(ids), torch.stack(logprobs), torch.stack(sampleds), tokens]

  def pick(self, x: Tensor, rows: Tensor) -> Tensor:
    return torch.index_select(x, 0, rows)

  def join(self, parts: List[Tensor]) -> Tensor:
    return torch.cat(parts)

  # The rows kept [B'] of one layer's cache [B, K, columns, C], its first t columns, with room for columns.
  def keep(self, cache: Tensor, rows: Tensor, t: int, columns: int) -> Tensor:
    shape = [torch.size(rows, 0), torch.size(cache, 1), columns, torch.size(cache, 3)]
    next = torch.zeros(shape)
    used = torch.slice(next, 2, 0, t)
    used = torch.copy_(used, torch.index_select(torch.slice(cache, 2, 0, t), 0, rows))
    return next
