# The weights of training by name, in the order of ParameterLayout.java: 5 of the model, then 12 per layer.
# What a model lacks is empty. Gradients are listed likewise.


# embedding, head, final norm, value weight, value bias
def model(weights: List[Tensor]) -> List[Tensor]:
  return torch.slice(weights, 0, 5)


# norm, qkv, qkv bias, query norm, key norm, output, output bias, norm, gate+up, gate+up bias, down, down bias
def layer(weights: List[Tensor], l: int) -> List[Tensor]:
  return torch.slice(weights, 5 + 12 * l, 17 + 12 * l)
