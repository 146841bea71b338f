package dev.kelpie.model.architecture;

/** Llama 1 to 3.2, SmolLM, SmolLM2, TinyLlama: RMS norms, rotary positions, a gated MLP. */
class Llama extends DecoderFamily {
  Llama() {
    this("LlamaForCausalLM");
  }

  Llama(String name) {
    super(name, "llama");
  }

  /** transformers wants the heads to share the width also where they have a size of their own. */
  @Override
  int headSize(ConfigJson json, int hidden, int heads) {
    int share = share(json, hidden, heads);
    return json.has("head_dim") ? json.integer("head_dim") : share;
  }
}
