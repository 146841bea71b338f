"""What config_variants.py draws of the keys that only some families have."""

MISSING = object()

# What only some families have: values that they compute, and some that one of the two refuses.
LATER = {
    "gpt2": {
        "activation_function": (["gelu_new", "gelu_pytorch_tanh", "gelu_fast"], ["gelu", "relu", None]),
        "n_inner": ([24, 40, None, MISSING], [0]),
        "scale_attn_weights": ([True, False], [None]),
        "scale_attn_by_inverse_layer_idx": ([False], [True]),
        "reorder_and_upcast_attn": ([False, True], []),
        "add_cross_attention": ([False], [True]),
        "summary_type": (["cls_index", "last"], []),
        "attn_pdrop": ([0.0, 0.1], []),
        "n_ctx": ([64], []),
        "hidden_size": ([], [16]),
        "rope_theta": ([100.0], []),
        "sliding_window": ([None], [5]),
        "layer_types": ([None], [["full_attention"] * 2]),
        "rope_scaling": ([None], [{"type": "linear", "factor": 2.0}]),
    },
    "gemma2": {
        "hidden_activation": (["gelu_pytorch_tanh", "gelu_new"], ["gelu", "silu", None]),
        "hidden_act": (["gelu_pytorch_tanh", "silu"], []),
        "query_pre_attn_scalar": ([4, 8, 16, 256, MISSING], [6.5, None]),
        "attn_logit_softcapping": ([50.0, 5.0, None, MISSING], [2]),
        "final_logit_softcapping": ([30.0, 4.0, None, MISSING], [2]),
        "use_bidirectional_attention": ([None, False], [True]),
        "sliding_window": ([3, 5, 8, 20, MISSING], [None, 0]),
        "layer_types": ([None], [["sliding_attention", "full_attention"], ["full_attention"] * 2]),
        "head_dim": ([4, 8, 16, MISSING], [None]),
    },
    "gemma3_text": {
        "hidden_activation": (["gelu_pytorch_tanh", "gelu_new"], ["gelu", None]),
        "query_pre_attn_scalar": ([4, 8, 16, 256, MISSING], [None]),
        "attn_logit_softcapping": ([None], [5.0]),
        "final_logit_softcapping": ([30.0, 4.0, None, MISSING], []),
        "use_bidirectional_attention": ([None, False], [True]),
        "sliding_window": ([3, 5, 8, 20, MISSING], [None, 0]),
        "sliding_window_pattern": ([1, 2, 2, 3, 6], [0]),
        "layer_types": ([None], [["sliding_attention", "full_attention"], ["full_attention"] * 2]),
        "rope_local_base_freq": ([100.0, 1000], [None]),
        "rope_theta": ([100.0, 1000], [None]),
        "head_dim": ([4, 8, 16, MISSING], [None]),
    },
    "phi3": {
        "sliding_window": ([3, 5, 8, 20, 100, None, MISSING], [0]),
        "original_max_position_embeddings": ([64, 48, 4096], [None]),
        "resid_pdrop": ([0.0, 0.1], []),
        "embd_pdrop": ([0.0], []),
        "attention_bias": ([False, True], []),
        "layer_types": ([None], [["full_attention"] * 2]),
        "head_dim": ([4, 8, MISSING], [None]),
    },
    "qwen3_moe": {
        "num_experts": ([4, 3, 2, MISSING], [1, None]),
        "num_local_experts": ([], [4, 2]),
        "num_experts_per_tok": ([1, 2, 3], [8, 0]),
        "moe_intermediate_size": ([8, 12], [0]),
        "norm_topk_prob": ([True, True, False, MISSING], [None]),
        "decoder_sparse_step": ([1, 2, 2, 3, MISSING], [0]),
        "mlp_only_layers": ([[], [0], [1], [0, 1], None], ["0"]),
        "output_router_logits": ([False, True], []),
        "router_aux_loss_coef": ([0.001, 0.0], []),
        "attention_bias": ([True, False], []),
        "shared_expert_intermediate_size": ([0], []),
        "layer_types": ([None], []),
    },
}


def put(config, key, value):
    if value is MISSING:
        config.pop(key, None)
    else:
        config[key] = value


def draw_later(draw, config, family):
    for key in draw.sample(list(LATER[family]), draw.choice([0, 1, 2, 3])):
        good, bad = LATER[family][key]
        values = bad if bad and (not good or draw.random() < 0.12) else good
        put(config, key, draw.choice(values))
    rope = config.get("rope_parameters") or config.get("rope_scaling")
    if family == "phi3" and isinstance(rope, dict) and "short_factor" in rope and draw.random() < 0.9:
        config["max_position_embeddings"] = draw.choice([64, 128, 4096])
        if draw.random() < 0.8:
            config["original_max_position_embeddings"] = draw.choice([48, 64, MISSING])
            put(config, "original_max_position_embeddings", config["original_max_position_embeddings"])
        head = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
        share = rope.get("partial_rotary_factor", config.get("partial_rotary_factor", 1)) or 1
        pairs = int(head * share) // 2
        rope["short_factor"] = [1 + i / 4 for i in range(pairs)]
        rope["long_factor"] = [2.0] * pairs
