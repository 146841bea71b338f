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
    int window = window(json, true, 4096);
    for (String type : json.texts("layer_types")) { // transformers does not read them
      if (!type.equals(window > 0 ? "sliding_attention" : "full_attention")) {
        throw json.error("layer_types", "none; sliding_window is that of all layers");
      }
    }
    return Collections.nCopies(layers(json), window);
  }

  @Override
  int defaultPositions() {
    return 131_072;
  }

  @Override
  int defaultKeyValueHeads(int heads) {
    return 8;
  }
}
