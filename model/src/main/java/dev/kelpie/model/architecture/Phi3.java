package dev.kelpie.model.architecture;

import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/**
 * Phi-3, Phi-3.5 and Phi-4-mini: Llama with one projection to queries, keys and values and one to
 * gate and up, of whose heads a share may be rotated, with longrope; one window for all layers.
 */
final class Phi3 extends DecoderFamily {
  private static final int ORIGINAL_POSITIONS = 4096;

  Phi3() {
    this("Phi3ForCausalLM");
  }

  /** The family's class of this name. */
  Phi3(String name) {
    super(name, "phi3");
  }

  @Override
  Biases biases(ConfigJson json) {
    return new Biases(false, false, false);
  }

  @Override
  List<Integer> windows(ConfigJson json) {
    if (json.has("layer_types")) { // transformers' cache would follow it, its layers would not
      throw json.error("layer_types", "none; sliding_window is that of all layers");
    }
    return Collections.nCopies(layers(json), window(json, json.has("sliding_window"), 0));
  }

  @Override
  Rope rope(ConfigJson json, int positions, int headSize) {
    return new RopeReader(json, positions, headSize)
        .readPartial(defaultTheta(), layers(json), ORIGINAL_POSITIONS);
  }

  @Override
  int headSize(ConfigJson json, int hidden, int heads) {
    return json.isPresent("head_dim") ? json.integer("head_dim") : share(json, hidden, heads);
  }

  @Override
  double defaultEps() {
    return 1e-5;
  }

  @Override
  int defaultPositions() {
    return 4096;
  }

  @Override
  public DecoderNames names(ModelConfig config) {
    return DecoderNames.llama(config)
        .with(
            (layer, i) -> {
              String prefix = "model.layers." + i + ".";
              return layer.fused(prefix + "self_attn.qkv_proj", prefix + "mlp.gate_up_proj");
            });
  }

  @Override
  public OptionalInt padding() {
    return OptionalInt.of(32_000);
  }
}
