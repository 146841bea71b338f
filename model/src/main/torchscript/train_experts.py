# A layer's experts, each an MLP, of which the router [E, D] chooses k for a token. up [E 2F, D] and down [E D, F] are
# theirs below each other. The tape keeps nothing of them: the backward pass computes them again.


# h [N, D] -> probabilities of the experts [N, E], weights of the chosen ones [N, k], the chosen ones [N, k]
def route(h: Tensor, router: Tensor, shape: List[int]) -> Tuple[Tensor, Tensor, Tensor]:
  E, k, normalised = __torch__.shape.experts(shape)
  p = torch.softmax(torch.linear(h, router), 1)
  w, chosen = torch.topk(p, k, 1)
  if normalised:
    w = torch.div(w, torch.sum(w, [1], True))
  return (p, w, chosen)


# The parts of x that belong to expert e: its rows of a stacked matrix.
def own(x: Tensor, e: int, shape: List[int]) -> Tensor:
  E, k, normalised = __torch__.shape.experts(shape)
  rows = torch.size(x, 0) // E
  return torch.slice(x, 0, e * rows, (e + 1) * rows)


# h [N, D] -> [N, D]
def forward(h: Tensor, router: Tensor, up: Tensor, down: Tensor, shape: List[int]) -> Tensor:
  E, k, normalised = __torch__.shape.experts(shape)
  p, w, chosen = __torch__.train_experts.route(h, router, shape)
  y = torch.zeros_like(h)
  for e in range(E):
    where = torch.nonzero(torch.eq(chosen, e))  # [n, 2] token, which of its k
    if torch.size(where, 0) > 0:
      tokens = torch.select(where, 1, 0)
      places = torch.add(torch.mul(tokens, k), torch.select(where, 1, 1))
      x = torch.index_select(h, 0, tokens)  # [n, D]
      both = __torch__.gemm.forward(x, __torch__.train_experts.own(up, e, shape))
      z = __torch__.gemm.forward(__torch__.train_mlp.activate(both, shape), __torch__.train_experts.own(down, e, shape))
      share = torch.index_select(torch.flatten(w), 0, places)  # [n]
      y = torch.index_add_(y, 0, tokens, torch.mul_(z, torch.unsqueeze(share, 1)))
  return y


# g: the gradient of the result [N, D] -> that of h; adds to gradients of the router, up and down.
def backward(g: Tensor, h: Tensor, weights: List[Tensor], gradients: List[Tensor], shape: List[int]) -> Tensor:
  router, up, down = weights
  router_g, up_g, down_g = gradients
  E, k, normalised = __torch__.shape.experts(shape)
  p, w, chosen = __torch__.train_experts.route(h, router, shape)
  gh = torch.zeros_like(h)
  gw = torch.zeros_like(torch.flatten(w))  # [N k]
  for e in range(E):
    where = torch.nonzero(torch.eq(chosen, e))
    if torch.size(where, 0) > 0:
      tokens = torch.select(where, 1, 0)
      places = torch.add(torch.mul(tokens, k), torch.select(where, 1, 1))
      x = torch.index_select(h, 0, tokens)
      own_up = __torch__.train_experts.own(up, e, shape)
      own_down = __torch__.train_experts.own(down, e, shape)
      both = __torch__.gemm.forward(x, own_up)
      z = __torch__.train_mlp.activate(both, shape)
      y = __torch__.gemm.forward(z, own_down)
      gy = torch.index_select(g, 0, tokens)
      gw = torch.index_copy_(gw, 0, places, torch.sum(torch.mul(gy, y), [1]))
      gy = torch.mul_(gy, torch.unsqueeze(torch.index_select(torch.flatten(w), 0, places), 1))
      __torch__.gemm.accumulate(__torch__.train_experts.own(down_g, e, shape), gy, z)
      gboth = __torch__.train_mlp.activate_backward(__torch__.gemm.backward(gy, own_down), both, shape)
      __torch__.gemm.accumulate(__torch__.train_experts.own(up_g, e, shape), gboth, x)
      gh = torch.index_add_(gh, 0, tokens, __torch__.gemm.backward(gboth, own_up))
  gw = torch.view(gw, torch.size(w))
  if normalised:
    total = torch.sum(torch.gather(p, 1, chosen), [1], True)
    gw = torch.div(torch.sub(gw, torch.sum(torch.mul(gw, w), [1], True)), total)
  gp = torch.scatter(torch.zeros_like(p), 1, chosen, gw)
  gl = torch.mul(p, torch.sub(gp, torch.sum(torch.mul(gp, p), [1], True)))  # [N, E]
  total = torch.addmm_(router_g, torch.t(gl), h)
  return torch.addmm_(gh, gl, router)
