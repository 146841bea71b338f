package dev.kelpie.model.architecture;

import dev.kelpie.model.architecture.DecoderFamily.Traits;
import java.util.List;
import java.util.SortedMap;

/** Qwen3: Llama with RMS norms on the heads of queries and keys, and optional windows. */
final class Qwen3 implements Architecture {
  @Override
  public String name() {
    return "Qwen3ForCausalLM";
  }

  @Override
  public String modelType() {
    return "qwen3";
  }

  @Override
  public ModelConfig read(ConfigJson json) {
    boolean bias = json.flag("attention_bias", false);
    return DecoderFamily.read(
        json,
        Traits.llama(name(), json, 0)
            .withBiases(bias, bias, false)
            .withQueryKeyNorm()
            .withWindows(DecoderFamily.windows(json)));
  }

  @Override
  public SortedMap<String, List<Long>> parameters(ModelConfig config) {
    return DecoderFamily.parameters(config);
  }
}
