package dev.kelpie.model.architecture;

import dev.kelpie.model.architecture.DecoderFamily.Traits;
import java.util.List;
import java.util.SortedMap;

/** Llama 1 to 3.2, SmolLM, SmolLM2, TinyLlama: RMS norms, rotary positions, a gated MLP. */
final class Llama implements Architecture {
  @Override
  public String name() {
    return "LlamaForCausalLM";
  }

  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public ModelConfig read(ConfigJson json) {
    return DecoderFamily.read(json, Traits.llama(name(), json, 0));
  }

  @Override
  public SortedMap<String, List<Long>> parameters(ModelConfig config) {
    return DecoderFamily.parameters(config);
  }
}
