# Norms over the last dimension, forwards and backwards: of the layer (LayerNorm) where there is a bias b [D], else of
# the root mean square (RMS).


# x [N, D] -> [N, D]
def forward(x: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
  if torch.numel(b) > 0:
    return torch.layer_norm(x, [torch.size(x, 1)], w, b, eps, False)
  return torch.rms_norm(x, [torch.size(x, 1)], w, eps)


# Adds to the gradients of w and b [D], returns that of x.
def backward(g: Tensor, x: Tensor, w: Tensor, b: Tensor, gw: Tensor, gb: Tensor, eps: float) -> Tensor:
  if torch.numel(b) > 0:
    return __torch__.train_norm.layer_backward(g, x, w, gw, gb, eps)
  return __torch__.train_norm.rms_backward(g, x, w, gw, eps)


# y = x rstd w: adds to the gradient of w [D], returns that of x [.., D]
def rms_backward(g: Tensor, x: Tensor, w: Tensor, gw: Tensor, eps: float) -> Tensor:
  d = torch.size(x, -1)
  rstd = torch.rsqrt(torch.add(torch.mean(torch.mul(x, x), [-1], True), eps))  # [.., 1]
  y = torch.mul(x, rstd)
  if torch.numel(gw) > 0:
    total = torch.add_(gw, torch.sum(torch.view(torch.mul(g, y), [-1, d]), [0]))
  gy = torch.mul(g, w)
  inner = torch.mean(torch.mul(gy, y), [-1], True)
  return torch.mul_(torch.sub_(gy, torch.mul_(y, inner)), rstd)


# y = (x - mean) rstd w + b
def layer_backward(g: Tensor, x: Tensor, w: Tensor, gw: Tensor, gb: Tensor, eps: float) -> Tensor:
  centered = torch.sub(x, torch.mean(x, [-1], True))
  rstd = torch.rsqrt(torch.add(torch.mean(torch.mul(centered, centered), [-1], True), eps))  # [N, 1]
  y = torch.mul(centered, rstd)
  if torch.numel(gw) > 0:
    total = torch.add_(gw, torch.sum(torch.mul(g, y), [0]))
    total = torch.add_(gb, torch.sum(g, [0]))
  gy = torch.mul(g, w)
  inner = torch.mean(torch.mul(gy, y), [-1], True)
  gy = torch.sub(gy, torch.mean(gy, [-1], True))
  return torch.mul_(torch.sub_(gy, torch.mul_(y, inner)), rstd)
