package dev.kelpie.model.architecture;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Qwen3-MoE: Qwen3 whose layers have experts in place of the MLP, every {@code
 * decoder_sparse_step}-th but those of {@code mlp_only_layers}.
 */
final class Qwen3Moe extends DecoderFamily {
  private static final String COUNT = "num_experts";
  private static final String OTHER_COUNT = "num_local_experts"; // as transformers 5 writes it

  Qwen3Moe() {
    this("Qwen3MoeForCausalLM");
  }

  /** The family's class of this name. */
  Qwen3Moe(String name) {
    super(name, "qwen3_moe");
  }

  @Override
  Biases biases(ConfigJson json) {
    boolean attention = json.flag("attention_bias", false);
    return new Biases(attention, attention, false);
  }

  @Override
  boolean queryKeyNorm() {
    return true;
  }

  @Override
  DecoderStyle style(ConfigJson json) {
    if (json.isPresent(COUNT) && json.isPresent(OTHER_COUNT)) {
      throw json.error(OTHER_COUNT, "none beside num_experts");
    }
    int count = json.integer(json.isPresent(OTHER_COUNT) ? OTHER_COUNT : COUNT, 128);
    int step = json.integer("decoder_sparse_step", 1);
    if (step < 1) {
      throw json.error("decoder_sparse_step", "at least 1");
    }
    List<Integer> plain = json.integers("mlp_only_layers");
    List<Boolean> layers =
        IntStream.range(0, layers(json))
            .mapToObj(layer -> !plain.contains(layer) && (layer + 1) % step == 0)
            .toList();
    DecoderStyle.Experts experts =
        new DecoderStyle.Experts(
            count,
            json.integer("num_experts_per_tok", 8),
            json.integer("moe_intermediate_size", 768),
            json.flag("norm_topk_prob", false),
            layers);
    return DecoderStyle.of(Optional.of(experts));
  }

  /** One window for all layers. */
  @Override
  List<Integer> windows(ConfigJson json) {
    if (json.has("layer_types")) {
      throw json.error("layer_types", "none; sliding_window is that of all layers");
    }
    int window = window(json, json.flag("use_sliding_window", false), 4096);
    return windows(json, window, layer -> true);
  }

  @Override
  int defaultPositions() {
    return 32_768;
  }

  @Override
  int keyValueHeads(ConfigJson json, int heads) {
    return json.integer("num_key_value_heads", 4);
  }

  @Override
  int headSize(ConfigJson json, int hidden, int heads) {
    return json.isPresent("head_dim") ? json.integer("head_dim") : share(json, hidden, heads);
  }
}
