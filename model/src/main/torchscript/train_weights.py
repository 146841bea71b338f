# The weights of training by name, in the order of ParameterLayout.java: 5 of the model, then 12 per layer, then what
# only some families have: 2 of the model, then 5 per layer; adapters follow, see train_adapter.py. What a model lacks is
# empty. Gradients are listed likewise; those of a frozen weight are empty, and nothing is computed for them.


# embedding, head, final norm, value weight, value bias
def model(weights: List[Tensor]) -> List[Tensor]:
  return torch.slice(weights, 0, 5)


# norm, qkv, qkv bias, query norm, key norm, output, output bias, norm, gate+up, gate+up bias, down, down bias; of
# experts gate+up [E 2F, D] and down [E D, F] lie below each other
def layer(weights: List[Tensor], l: int) -> List[Tensor]:
  return torch.slice(weights, 5 + 12 * l, 17 + 12 * l)


# embedding of positions, bias of the final norm
def more_model(weights: List[Tensor], shape: List[int]) -> List[Tensor]:
  first = 5 + 12 * __torch__.shape.layers(shape)
  return torch.slice(weights, first, first + 2)


# bias of the first norm, norm of attention's output, bias of the second norm, norm of the MLP's output, router
def more(weights: List[Tensor], l: int, shape: List[int]) -> List[Tensor]:
  first = 7 + 12 * __torch__.shape.layers(shape) + 5 * l
  return torch.slice(weights, first, first + 5)


# Whether weight i is a matrix that activations are multiplied by: the head, or qkv, output, gate+up or down of a layer.
def projection(i: int, shape: List[int]) -> bool:
  j = (i - 5) % 12
  layer = i >= 5 and i < 5 + 12 * __torch__.shape.layers(shape)
  return i == 1 or (layer and (j == 1 or j == 5 or j == 8 or j == 10))


# The weights that norms multiply by in the place of their parameters; the gradients of both are equal.
def offset(weights: List[Tensor], shape: List[int]) -> List[Tensor]:
  if not __torch__.shape.offset(shape):
    return weights
  layers = __torch__.shape.layers(shape)
  all = annotate(List[Tensor], [])
  for i in range(len(weights)):
    j = i - 5
    k = i - 7 - 12 * layers
    norm = i == 2
    if j >= 0 and k < -2:
      norm = j % 12 == 0 or j % 12 == 3 or j % 12 == 4 or j % 12 == 7
    if k >= 0:
      norm = k < 5 * layers and (k % 5 == 1 or k % 5 == 3)
    w = weights[i]
    if norm and torch.numel(w) > 0:
      w = torch.add(w, 1.)
    all = torch.append(all, w)
  return all


# gw [O, I] += g^T x
def accumulate(gw: Tensor, g: Tensor, x: Tensor) -> None:
  if torch.numel(gw) > 0:
    __torch__.gemm.accumulate(gw, g, x)
