# The MLP of a layer, or its experts, forwards and backwards.


# both [N, 2F], or [N, F] without a gate -> [N, F]
def activate(both: Tensor, shape: List[int]) -> Tensor:
  kind = __torch__.shape.activation(shape)
  if kind == 2:
    z = torch.gelu(both, approximate="tanh")
  else:
    f = torch.size(both, 1) // 2
    gate = torch.slice(both, 1, 0, f)
    if kind == 1:
      z = torch.mul(torch.gelu(gate, approximate="tanh"), torch.slice(both, 1, f, 2 * f))
    else:
      z = torch.mul(torch.silu(gate), torch.slice(both, 1, f, 2 * f))
  return z


# The gradient of both, given that of the result, gz [N, F].
def activate_backward(gz: Tensor, both: Tensor, shape: List[int]) -> Tensor:
  kind = __torch__.shape.activation(shape)
  if kind == 2:
    gboth = ops.aten.gelu_backward(gz, both, approximate="tanh")
  else:
    f = torch.size(both, 1) // 2
    gate = torch.slice(both, 1, 0, f)
    up = torch.slice(both, 1, f, 2 * f)
    if kind == 1:
      ggate = ops.aten.gelu_backward(torch.mul(gz, up), gate, approximate="tanh")
      open = torch.gelu(gate, approximate="tanh")
    else:
      ggate = ops.aten.silu_backward(torch.mul(gz, up), gate)
      open = torch.silu(gate)
    gboth = torch.cat([ggate, torch.mul_(open, gz)], 1)
  return gboth


# z [N, F] -> [N, D]
def down(z: Tensor, l: int, weights: List[Tensor], shape: List[int]) -> Tensor:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  y = __torch__.train_layer.linear(z, down_w, down_b)
  return __torch__.train_adapter.forward(y, z, weights, l, 6, 7, shape)


# h [N, D] -> its result [N, D] and both, which is empty of experts
def forward(h: Tensor, l: int, weights: List[Tensor], shape: List[int]) -> Tuple[Tensor, Tensor]:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  norm_b, out_norm, mlp_norm_b, mlp_out_norm, router = __torch__.train_weights.more(weights, l, shape)
  if torch.numel(router) > 0:
    both = torch.zeros([0])
    y = __torch__.train_experts.forward(h, router, up_w, down_w, shape)
  else:
    both = __torch__.train_layer.linear(h, up_w, up_b)  # [N, 2F]
    both = __torch__.train_adapter.forward(both, h, weights, l, 4, 6, shape)
    y = __torch__.train_mlp.down(__torch__.train_mlp.activate(both, shape), l, weights, shape)
  return (y, both)


# The result again, from what the tape has.
def result(h: Tensor, both: Tensor, l: int, weights: List[Tensor], shape: List[int]) -> Tensor:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  if torch.numel(both) > 0:
    y = __torch__.train_mlp.down(__torch__.train_mlp.activate(both, shape), l, weights, shape)
  else:
    y, none = __torch__.train_mlp.forward(h, l, weights, shape)
  return y


# g: the gradient of the result [N, D] -> that of h
def backward(g: Tensor, h: Tensor, both: Tensor, l: int, weights: List[Tensor], gradients: List[Tensor], shape: List[int]) -> Tensor:
  norm, qkv_w, qkv_b, query_norm, key_norm, out_w, out_b, mlp_norm, up_w, up_b, down_w, down_b = __torch__.train_weights.layer(weights, l)
  norm_g, qkv_wg, qkv_bg, query_norm_g, key_norm_g, out_wg, out_bg, mlp_norm_g, up_wg, up_bg, down_wg, down_bg = __torch__.train_weights.layer(gradients, l)
  norm_b, out_norm, mlp_norm_b, mlp_out_norm, router = __torch__.train_weights.more(weights, l, shape)
  norm_bg, out_norm_g, mlp_norm_bg, mlp_out_norm_g, router_g = __torch__.train_weights.more(gradients, l, shape)
  if torch.numel(router) > 0:
    gh = __torch__.train_experts.backward(g, h, [router, up_w, down_w], [router_g, up_wg, down_wg], shape)
  elif __torch__.shape.activation(shape) == 0:
    f = torch.size(both, 1) // 2
    gate = torch.slice(both, 1, 0, f)
    up = torch.slice(both, 1, f, 2 * f)
    open = torch.silu(gate)
    z = torch.mul(open, up)
    gz = __torch__.train_layer.linear_backward(g, z, down_w, down_wg, down_bg)
    gz = __torch__.train_adapter.backward(gz, g, z, weights, gradients, l, 6, 7, shape)
    ggate = ops.aten.silu_backward(torch.mul(gz, up), gate)
    gboth = torch.cat([ggate, torch.mul_(open, gz)], 1)  # [N, 2F]
    gh = __torch__.train_layer.linear_backward(gboth, h, up_w, up_wg, up_bg)
    gh = __torch__.train_adapter.backward(gh, gboth, h, weights, gradients, l, 4, 6, shape)
  else:
    z = __torch__.train_mlp.activate(both, shape)
    gz = __torch__.train_layer.linear_backward(g, z, down_w, down_wg, down_bg)
    gz = __torch__.train_adapter.backward(gz, g, z, weights, gradients, l, 6, 7, shape)
    gboth = __torch__.train_mlp.activate_backward(gz, both, shape)
    gh = __torch__.train_layer.linear_backward(gboth, h, up_w, up_wg, up_bg)
    gh = __torch__.train_adapter.backward(gh, gboth, h, weights, gradients, l, 4, 6, shape)
  return gh
