package dev.kelpie.model.architecture;

import java.util.List;

/** Qwen3: Llama with RMS norms on the heads of queries and keys, and optional windows. */
final class Qwen3 extends DecoderFamily {
  Qwen3() {
    this("Qwen3ForCausalLM");
  }

  /** The family's class of this name. */
  Qwen3(String name) {
    super(name, "qwen3");
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
  List<Integer> windows(ConfigJson json) {
    return windowsOfQwen(json);
  }

  @Override
  int defaultPositions() {
    return 32_768;
  }

  @Override
  int keyValueHeads(ConfigJson json, int heads) {
    return keyValueHeads(json, heads, 32);
  }

  @Override
  int headSize(ConfigJson json, int hidden, int heads) {
    return json.integer("head_dim", 128);
  }
}
