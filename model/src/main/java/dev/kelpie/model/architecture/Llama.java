package dev.kelpie.model.architecture;

import java.util.List;

/** Llama 1 to 3.2, SmolLM, SmolLM2, TinyLlama: RMS norms, rotary positions, a gated MLP. */
final class Llama extends DecoderFamily {
  Llama() {
    this("LlamaForCausalLM");
  }

  /** The family's class of this name. */
  Llama(String name) {
    super(name, "llama");
  }

  /** Llama has no windows; transformers' cache would have them, its layers would not. */
  @Override
  List<Integer> windows(ConfigJson json) {
    int window = window(json, true, 0);
    int positions = positions(json);
    if (window > 0 && window < positions) {
      throw json.error("sliding_window", "null, or at least the " + positions + " positions");
    }
    return windows(json, 0, layer -> false);
  }

  /** transformers wants the heads to share the width also where they have a size of their own. */
  @Override
  int headSize(ConfigJson json, int hidden, int heads) {
    int share = share(json, hidden, heads);
    return json.has("head_dim") ? json.integer("head_dim") : share;
  }
}
