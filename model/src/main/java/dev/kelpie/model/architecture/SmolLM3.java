package dev.kelpie.model.architecture;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * SmolLM3: Llama whose {@code no_rope_layers} says 1 for a layer with rotary positions, 0 for one
 * without.
 */
final class SmolLM3 extends DecoderFamily {
  SmolLM3() {
    this("SmolLM3ForCausalLM");
  }

  /** The family's class of this name. */
  SmolLM3(String name) {
    super(name, "smollm3");
  }

  /** Without the list, every {@code no_rope_layer_interval}-th layer has no rotary positions. */
  @Override
  List<Boolean> rotated(ConfigJson json) {
    int interval = json.integer("no_rope_layer_interval", 4);
    if (json.has("no_rope_layers")) {
      List<Boolean> rotated =
          json.integers("no_rope_layers").stream().map(flag -> flag != 0).toList();
      return rotated.subList(0, Math.min(rotated.size(), layers(json)));
    }
    if (interval < 1) {
      throw json.error("no_rope_layer_interval", "at least 1");
    }
    return IntStream.rangeClosed(1, layers(json)).mapToObj(layer -> layer % interval != 0).toList();
  }

  /** Without {@code layer_types}, the layers without rotary positions have the window. */
  @Override
  List<Integer> windows(ConfigJson json) {
    int window = window(json, json.flag("use_sliding_window", false), 0);
    List<Boolean> rotated = rotated(json);
    return windows(json, window, layer -> layer < rotated.size() && !rotated.get(layer));
  }

  @Override
  int defaultPositions() {
    return 32_768;
  }

  @Override
  int keyValueHeads(ConfigJson json, int heads) {
    return keyValueHeads(json, heads, 4);
  }

  @Override
  int headSize(ConfigJson json, int hidden, int heads) {
    return json.isPresent("head_dim") ? json.integer("head_dim") : share(json, hidden, heads);
  }

  @Override
  boolean tiedByDefault() {
    return true;
  }

  @Override
  double defaultTheta() {
    return 2_000_000;
  }

  @Override
  public OptionalInt padding() {
    return OptionalInt.of(128_004);
  }
}
