# Tokens, and where a model learns them positions, to the first residual stream [N, D], and the way back.


def forward(weights: List[Tensor], batch: List[Tensor], shape: List[int], numbers: List[float]) -> Tensor:
  places, norm_b = __torch__.train_weights.more_model(weights, shape)
  x = torch.embedding(weights[0], batch[0])  # [N, D]
  factor = __torch__.shape.width_factor(numbers)
  if factor != 1.:
    x = torch.mul_(x, factor)
  if torch.numel(places) > 0:
    x = torch.add_(x, torch.embedding(places, batch[1]))
  return x


# Adds to the gradients what g [N, D] says.
def backward(g: Tensor, gradients: List[Tensor], batch: List[Tensor], shape: List[int], numbers: List[float]) -> None:
  places_g, norm_bg = __torch__.train_weights.more_model(gradients, shape)
  if torch.numel(places_g) > 0:
    total = torch.index_add_(places_g, 0, batch[1], g)
  factor = __torch__.shape.width_factor(numbers)
  if factor != 1.:
    g = torch.mul(g, factor)
  if torch.numel(gradients[0]) > 0:
    total = torch.index_add_(gradients[0], 0, batch[0], g)
