package dev.kelpie.model.architecture;

import java.util.Collections;
import java.util.List;

/**
 * Mistral: Llama without biases, with one window for all layers (4,096 where the file says
 * nothing).
 */
final class Mistral extends DecoderFamily {
  Mistral() {
    super("MistralForCausalLM", "mistral");
  }

  @Override
  Biases biases(ConfigJson json) {
    return new Biases(false, false, false);
  }

  @Override
  List<Integer> windows(ConfigJson json) {
    int window = json.isNull("sliding_window") ? 0 : json.integer("sliding_window", 4096);
    return Collections.nCopies(layers(json), window);
  }
}
