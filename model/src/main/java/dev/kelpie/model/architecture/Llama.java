package dev.kelpie.model.architecture;

/** Llama 1 to 3.2, SmolLM, SmolLM2, TinyLlama: RMS norms, rotary positions, a gated MLP. */
final class Llama extends DecoderFamily {
  Llama() {
    super("LlamaForCausalLM", "llama");
  }
}
