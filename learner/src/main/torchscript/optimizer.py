# What an optimiser does to flat tensors that hold every parameter of a model.
class Optimizer(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # The Euclidean norm of all numbers, of pieces first, so that float32 sums stay short.
  def norm(self, flat: Tensor) -> Tensor:
    norms = annotate(List[Tensor], [])
    for piece in torch.split(flat, 1048576):
      norms = torch.append(norms, torch.norm(piece))
    return torch.norm(torch.to(torch.stack(norms), 7))

  # One AdamW step, bias-corrected, with decoupled decay; the gradient is multiplied by factor first. The tensors come
  # in lists because the compiler drops a call that writes into a list made here.
  def update(self, flat: List[Tensor], gradient: List[Tensor], mean: List[Tensor], square: List[Tensor], step: int, factor: float, rate: float, beta1: float, beta2: float, decay: float, eps: float) -> None:
    if factor != 1.:
      scaled = torch.mul_(gradient[0], factor)
    count = torch.tensor(float(step))
    none = annotate(List[Tensor], [])
    ops.aten._fused_adamw_(flat, gradient, mean, square, none, [count], lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False)
