package dev.kelpie.model.architecture;

import java.util.List;
import java.util.stream.IntStream;

/**
 * SmolLM3: Llama whose {@code no_rope_layers} says 1 for a layer with rotary positions, 0 for one
 * without.
 */
final class SmolLM3 extends DecoderFamily {
  SmolLM3() {
    super("SmolLM3ForCausalLM", "smollm3");
  }

  /** Without the list, every {@code no_rope_layer_interval}-th layer has no rotary positions. */
  @Override
  List<Boolean> rotated(ConfigJson json) {
    if (json.has("no_rope_layers")) {
      return json.integers("no_rope_layers").stream().map(flag -> flag != 0).toList();
    }
    int interval = json.integer("no_rope_layer_interval", 4);
    return IntStream.rangeClosed(1, layers(json)).mapToObj(layer -> layer % interval != 0).toList();
  }

  @Override
  List<Integer> windows(ConfigJson json) {
    return slidingWindows(json);
  }

  @Override
  boolean tiedByDefault() {
    return true;
  }

  @Override
  double defaultTheta() {
    return 2_000_000;
  }
}
