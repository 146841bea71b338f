# A layer's experts, each an MLP, of which the router [E, D] chooses k for a token. up [E 2F, D] and down [E D, F] are
# theirs below each other, in float32 or bfloat16.


def linear(x: Tensor, w: Tensor) -> Tensor:
  if ops.prim.dtype(w) == 15:
    y = torch.to(torch.linear(torch.to(x, 15), w), 6)
  else:
    y = torch.linear(x, w)
  return y


# The rows of expert e in a stacked matrix.
def own(x: Tensor, e: int, shape: List[int]) -> Tensor:
  E, k, normalised = __torch__.shape.experts(shape)
  rows = torch.size(x, 0) // E
  return torch.slice(x, 0, e * rows, (e + 1) * rows)


# h [N, D] -> [N, D]
def forward(h: Tensor, router: Tensor, up: Tensor, down: Tensor, shape: List[int]) -> Tensor:
  E, k, normalised = __torch__.shape.experts(shape)
  w, chosen = torch.topk(torch.softmax(torch.linear(h, router), 1), k, 1)  # [N, k]
  if normalised:
    w = torch.div(w, torch.sum(w, [1], True))
  y = torch.zeros_like(h)
  for e in range(E):
    where = torch.nonzero(torch.eq(chosen, e))  # [n, 2] token, which of its k
    if torch.size(where, 0) > 0:
      tokens = torch.select(where, 1, 0)
      places = torch.add(torch.mul(tokens, k), torch.select(where, 1, 1))
      both = __torch__.decode_experts.linear(torch.index_select(h, 0, tokens), __torch__.decode_experts.own(up, e, shape))
      z = __torch__.decode_layer.activate(both, shape)
      z = __torch__.decode_experts.linear(z, __torch__.decode_experts.own(down, e, shape))
      share = torch.index_select(torch.flatten(w), 0, places)  # [n]
      y = torch.index_add_(y, 0, tokens, torch.mul_(z, torch.unsqueeze(share, 1)))
  return y
