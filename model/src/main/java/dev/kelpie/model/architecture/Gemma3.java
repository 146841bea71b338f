package dev.kelpie.model.architecture;

import java.util.List;

/**
 * The texts of Gemma 3: Gemma 2 with norms of queries and keys in place of capped scores, five
 * layers with a window to one without, and rotary positions of another base in each of the two.
 */
final class Gemma3 extends Gemma2 {
  Gemma3() {
    this("Gemma3ForCausalLM");
  }

  /** The family's class of this name. */
  Gemma3(String name) {
    super(name, "gemma3_text");
  }

  @Override
  boolean queryKeyNorm() {
    return true;
  }

  /** transformers reads the key and does not cap. */
  @Override
  double scoreCap(ConfigJson json) {
    if (json.has("attn_logit_softcapping")) {
      throw json.error("attn_logit_softcapping", "null");
    }
    return 0;
  }

  @Override
  double defaultLogitCap() {
    return 0;
  }

  @Override
  List<Integer> windows(ConfigJson json) {
    int interval = json.integer("sliding_window_pattern", 6);
    if (interval < 1) {
      throw json.error("sliding_window_pattern", "at least 1");
    }
    return windows(json, interval);
  }

  @Override
  Rope rope(ConfigJson json, int positions, int headSize) {
    return new RopeReader(json, positions, headSize)
        .readByLayerType(1_000_000, 10_000, layers(json));
  }

  @Override
  int defaultPositions() {
    return 131_072;
  }
}
