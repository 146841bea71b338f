package dev.kelpie.model.architecture;

import dev.kelpie.model.architecture.DecoderFamily.Traits;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/**
 * Mistral: Llama without biases, with one window for all layers (4,096 where the file says
 * nothing).
 */
final class Mistral implements Architecture {
  @Override
  public String name() {
    return "MistralForCausalLM";
  }

  @Override
  public String modelType() {
    return "mistral";
  }

  @Override
  public ModelConfig read(ConfigJson json) {
    int window = json.isNull("sliding_window") ? 0 : json.integer("sliding_window", 4096);
    return DecoderFamily.read(
        json,
        Traits.llama(name(), json, 0)
            .withBiases(false, false, false)
            .withWindows(Collections.nCopies(DecoderFamily.layers(json), window)));
  }

  @Override
  public SortedMap<String, List<Long>> parameters(ModelConfig config) {
    return DecoderFamily.parameters(config);
  }
}
