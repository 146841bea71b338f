"""What config_variants.py draws of rotary positions."""

from config_families import LATER


def rope_entry(draw, family="llama"):
    kinds = ["default", "linear", "llama3", "dynamic", "yarn", "longrope", "su", None]
    often = {"phi3": [40, 2, 1, 1, 1, 40, 2, 1], "gemma3_text": [30, 26, 20, 12, 20, 1, 1, 1]}
    kind = draw.choices(kinds, often.get(family, [30, 26, 34, 12, 2, 1, 1, 1]))[0]
    entry = {draw.choices(["rope_type", "type"], [3, 1])[0]: kind}
    if draw.random() < 0.08:
        entry = {"rope_type": kind, "type": draw.choice(["linear", "default", None])}
    if draw.random() < 0.08:
        entry = {}
    if kind in ("linear", "dynamic", "yarn", "llama3"):
        entry["factor"] = draw.choice([2.0, 4, 8.0, 1.5, 0.5])
    if kind == "llama3":
        entry["low_freq_factor"] = draw.choice([1.0, 1, 2.0])
        entry["high_freq_factor"] = draw.choice([4.0, 4, 8.0, 1.0, 0.5])
        if draw.random() < 0.7:
            entry["original_max_position_embeddings"] = draw.choice([8, 16, 32])
    if kind == "yarn":
        entry["original_max_position_embeddings"] = 16
    if kind == "longrope":
        entry |= {"short_factor": [1.0, 1.5], "long_factor": [2.0, 3.0], "original_max_position_embeddings": 16}
        if family == "phi3":
            for key, values in {"factor": [4.0, 1.0, None], "attention_factor": [1.2, None, 1]}.items():
                if draw.random() < 0.3:
                    entry[key] = draw.choice(values)
    if kind == "yarn" and family in LATER:
        for key, values in {
            "original_max_position_embeddings": [8, 32],
            "beta_fast": [16, 4.0, None, 0],
            "beta_slow": [0.5, 2, None],
            "mscale": [0.7, 1.0, None],
            "mscale_all_dim": [0.5, 1.0, 0],
            "attention_factor": [1.3, None],
            "truncate": [True, False],
        }.items():
            if draw.random() < 0.4:
                entry[key] = draw.choice(values)
    if len(entry) > 1 and draw.random() < 0.04:
        del entry[draw.choice(list(entry))]
    if draw.random() < 0.05:
        entry[draw.choice(["mscale", "beta_fast", "note"])] = 2.0
    if draw.random() < 0.04:
        entry["partial_rotary_factor"] = draw.choice([0.5, 1.0, None])
    return entry


def theta(draw):
    return draw.choices([10.0, 100.0, 1000, 500000.0, 1e6, None, "10000", 0], [30, 30, 30, 30, 30, 2, 1, 1])[0]


def draw_rope(draw, config, family):
    layout = draw.choice(["old", "old", "new", "new", "theta above", "theta in scaling", "both", "theta", "none", "nested"])
    entry = rope_entry(draw, family)
    if family == "gemma3_text" and draw.random() < 0.85:
        layout = "by type"
    if family == "phi3" and draw.random() < 0.5:
        config["original_max_position_embeddings"] = draw.choice([64, 64, 48, 16, 128])
    if layout == "old":
        config["rope_theta"] = theta(draw)
        config["rope_scaling"] = draw.choice([entry, entry, None, {}])
    elif layout == "new":
        config["rope_parameters"] = entry | {"rope_theta": theta(draw)}
    elif layout == "theta above":
        config["rope_theta"] = theta(draw)
        config["rope_parameters"] = entry
    elif layout == "theta in scaling":
        config["rope_scaling"] = entry | {"rope_theta": theta(draw)}
        if draw.random() < 0.5:
            config["rope_theta"] = theta(draw)
    elif layout == "both":
        config["rope_scaling"] = draw.choice([entry, {}, None])
        config["rope_parameters"] = rope_entry(draw) | ({"rope_theta": theta(draw)} if draw.random() < 0.7 else {})
        if draw.random() < 0.5:
            config["rope_theta"] = theta(draw)
    elif layout == "theta":
        config["rope_theta"] = theta(draw)
    elif layout == "by type":
        config["rope_parameters"] = {
            "full_attention": entry | ({"rope_theta": theta(draw)} if draw.random() < 0.7 else {}),
            "sliding_attention": rope_entry(draw, "llama") | {"rope_theta": theta(draw)},
        }
        if draw.random() < 0.2:
            del config["rope_parameters"][draw.choice(["full_attention", "sliding_attention"])]
        if draw.random() < 0.2:
            config["rope_local_base_freq"] = theta(draw)
        if draw.random() < 0.2:
            config["rope_theta"] = theta(draw)
    elif layout == "nested" and draw.random() < 0.4:
        config["rope_parameters"] = {"full_attention": entry | {"rope_theta": 100.0}}
    if draw.random() < 0.1:
        config["original_max_position_embeddings"] = draw.choice([8, 16, None])
    if draw.random() < (0.4 if family == "phi3" else 0.05):
        config["partial_rotary_factor"] = draw.choice([1.0, 1, 0.5, None])
