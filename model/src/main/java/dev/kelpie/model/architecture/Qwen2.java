package dev.kelpie.model.architecture;

import java.util.List;

/**
 * Qwen2 and Qwen2.5: Llama with biases on q, k and v whatever the configuration says, and optional
 * windows.
 */
final class Qwen2 extends DecoderFamily {
  Qwen2() {
    this("Qwen2ForCausalLM");
  }

  /** The family's class of this name. */
  Qwen2(String name) {
    super(name, "qwen2");
  }

  @Override
  Biases biases(ConfigJson json) {
    return new Biases(true, false, false);
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
    return json.isPresent("head_dim") ? json.integer("head_dim") : share(json, hidden, heads);
  }
}
