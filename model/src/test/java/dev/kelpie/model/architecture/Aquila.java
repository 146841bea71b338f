package dev.kelpie.model.architecture;

/** Aquila and Aquila2: the computation and the names of Llama, never with a bias. */
final class Aquila extends DecoderFamily {
  Aquila() {
    super("AquilaForCausalLM", "aquila");
  }

  @Override
  Biases biases(ConfigJson json) {
    return new Biases(false, false, false);
  }
}
