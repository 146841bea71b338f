package dev.kelpie.model.architecture;

import dev.kelpie.model.architecture.DecoderFamily.Traits;
import java.util.List;
import java.util.SortedMap;

/**
 * Qwen2 and Qwen2.5: Llama with biases on q, k and v whatever the configuration says, and optional
 * windows.
 */
final class Qwen2 implements Architecture {
  @Override
  public String name() {
    return "Qwen2ForCausalLM";
  }

  @Override
  public String modelType() {
    return "qwen2";
  }

  @Override
  public ModelConfig read(ConfigJson json) {
    return DecoderFamily.read(
        json,
        Traits.llama(name(), json, 0)
            .withBiases(true, false, false)
            .withWindows(DecoderFamily.windows(json)));
  }

  @Override
  public SortedMap<String, List<Long>> parameters(ModelConfig config) {
    return DecoderFamily.parameters(config);
  }
}
