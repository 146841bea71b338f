# The weights of generation by name, as PackedWeights.java lists them: 6 of the model, then 15 per layer, then what only
# some families have: 2 of the model, then 5 per layer. What a model lacks is empty. Norms multiply by what is here.


# embedding, head, head scales, final norm, cos, sin
def model(weights: List[Tensor]) -> List[Tensor]:
  return torch.slice(weights, 0, 6)


# norm, qkv, qkv bias, qkv scales, output, output bias, output scales, norm, gate+up, gate+up bias, gate+up scales,
# down, down bias, down scales, norm of query and key heads [H + K, C]; of experts gate+up [E 2F, D] and down [E D, F]
# lie below each other, not packed
def layer(weights: List[Tensor], l: int) -> List[Tensor]:
  return torch.slice(weights, 6 + 15 * l, 21 + 15 * l)


# embedding of positions, bias of the final norm
def more_model(weights: List[Tensor], shape: List[int]) -> List[Tensor]:
  first = 6 + 15 * __torch__.shape.layers(shape)
  return torch.slice(weights, first, first + 2)


# bias of the first norm, norm of attention's output, bias of the second norm, norm of the MLP's output, router
def more(weights: List[Tensor], l: int, shape: List[int]) -> List[Tensor]:
  first = 8 + 15 * __torch__.shape.layers(shape) + 5 * l
  return torch.slice(weights, first, first + 5)
