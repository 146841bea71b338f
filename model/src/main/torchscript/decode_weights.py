# The weights of generation by name, as PackedWeights.java lists them: 6 of the model, then 15 per layer.
# What a model lacks is empty.


# embedding, head, head scales, final norm, cos, sin
def model(weights: List[Tensor]) -> List[Tensor]:
  return torch.slice(weights, 0, 6)


# norm, qkv, qkv bias, qkv scales, output, output bias, output scales, norm, gate+up, gate+up bias, gate+up scales,
# down, down bias, down scales, norm of query and key heads [H + K, C]
def layer(weights: List[Tensor], l: int) -> List[Tensor]:
  return torch.slice(weights, 6 + 15 * l, 21 + 15 * l)
