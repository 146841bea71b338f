package dev.kelpie.model.architecture;

import dev.kelpie.model.architecture.DecoderFamily.Traits;
import java.util.List;
import java.util.SortedMap;

/** Aquila and Aquila2: the computation and the names of Llama, never with a bias. */
final class Aquila implements Architecture {
  @Override
  public String name() {
    return "AquilaForCausalLM";
  }

  @Override
  public String modelType() {
    return "aquila";
  }

  @Override
  public ModelConfig read(ConfigJson json) {
    return DecoderFamily.read(json, Traits.llama(name(), json, 0).withBiases(false, false, false));
  }

  @Override
  public SortedMap<String, List<Long>> parameters(ModelConfig config) {
    return DecoderFamily.parameters(config);
  }
}
