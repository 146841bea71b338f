package dev.kelpie.model.architecture;

import dev.kelpie.model.architecture.DecoderFamily.Traits;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * SmolLM3: Llama whose {@code no_rope_layers} says 1 for a layer with rotary positions, 0 for one
 * without.
 */
final class SmolLM3 implements Architecture {
  @Override
  public String name() {
    return "SmolLM3ForCausalLM";
  }

  @Override
  public String modelType() {
    return "smollm3";
  }

  @Override
  public ModelConfig read(ConfigJson json) {
    return DecoderFamily.read(
        json,
        Traits.llama(name(), json, 0)
            .withRotatedLayers(rotated(json))
            .withWindows(DecoderFamily.windows(json))
            .withDefaults(true, 2_000_000));
  }

  /** Without the list, every {@code no_rope_layer_interval}-th layer has no rotary positions. */
  private static List<Boolean> rotated(ConfigJson json) {
    if (json.has("no_rope_layers")) {
      return json.integers("no_rope_layers").stream().map(flag -> flag != 0).toList();
    }
    int interval = json.integer("no_rope_layer_interval", 4);
    return IntStream.rangeClosed(1, DecoderFamily.layers(json))
        .mapToObj(layer -> layer % interval != 0)
        .toList();
  }

  @Override
  public SortedMap<String, List<Long>> parameters(ModelConfig config) {
    return DecoderFamily.parameters(config);
  }
}
