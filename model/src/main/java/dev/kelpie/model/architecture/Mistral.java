package dev.kelpie.model.architecture;

import java.util.Collections;
import java.util.List;

/**
 * Mistral: Llama without biases, with one window for all layers (4,096 where the file says
 * nothing).
 */
final class Mistral extends DecoderFamily {
  Mistral() {
    this("MistralForCausalLM");
  }

  /** The family's class of this name. */
  Mistral(String name) {
    super(name, "mistral");
  }

  @Override
  Biases biases(ConfigJson json) {
    return new Biases(false, false, false);
  }

  @Override
  List<Integer> windows(ConfigJson json) {
    if (json.isPresent("layer_types")) { // makes it another family, Ministral
      throw json.error("layer_types", "none; sliding_window is that of all layers");
    }
    return Collections.nCopies(layers(json), window(json, true, 4096));
  }

  @Override
  int defaultPositions() {
    return 131_072;
  }

  @Override
  int keyValueHeads(ConfigJson json, int heads) {
    return json.integer("num_key_value_heads", 8);
  }
}
