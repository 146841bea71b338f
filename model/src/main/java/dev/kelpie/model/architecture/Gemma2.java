package dev.kelpie.model.architecture;

import dev.kelpie.model.architecture.DecoderStyle.Activation;
import dev.kelpie.model.architecture.DecoderStyle.Norm;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Gemma 2: norms before and after attention and MLP that multiply by 1 + weight, scaled embeddings,
 * capped scores and logits, a window in every second layer.
 */
class Gemma2 extends DecoderFamily {
  private static final String SCALAR = "query_pre_attn_scalar";

  Gemma2() {
    this("Gemma2ForCausalLM");
  }

  /** The family's class of this name. */
  Gemma2(String name) {
    this(name, "gemma2");
  }

  Gemma2(String name, String modelType) {
    super(name, modelType);
  }

  @Override
  String activationKey() {
    return "hidden_activation";
  }

  @Override
  List<String> activations() {
    return List.of("gelu_pytorch_tanh", "gelu_new"); // one function
  }

  @Override
  Biases biases(ConfigJson json) {
    boolean attention = json.flag("attention_bias", false);
    return new Biases(attention, attention, false);
  }

  @Override
  DecoderStyle style(ConfigJson json) {
    if (json.has("use_bidirectional_attention")
        && json.flag("use_bidirectional_attention", false)) {
      throw json.error("use_bidirectional_attention", "false; tokens see those before them");
    }
    int scalar = json.integer(SCALAR, 256);
    if (scalar < 1) {
      throw json.error(SCALAR, "at least 1");
    }
    return new DecoderStyle(
        Norm.RMS_OFFSET,
        Activation.GATED_GELU,
        true,
        false,
        (float) Math.sqrt(json.integer("hidden_size")),
        OptionalDouble.of(Math.pow(scalar, -0.5)),
        scoreCap(json),
        cap(json, "final_logit_softcapping", defaultLogitCap()),
        Optional.empty());
  }

  double scoreCap(ConfigJson json) {
    return cap(json, "attn_logit_softcapping", 50);
  }

  double defaultLogitCap() {
    return 30;
  }

  /** A cap; 0, none, where it is null. */
  static double cap(ConfigJson json, String key, double absent) {
    if (json.isNull(key)) {
      return 0;
    }
    double cap = json.number(key, absent);
    if (cap < 0 || (cap == 0 && json.isPresent(key))) {
      throw json.error(key, "null, or above 0");
    }
    return cap;
  }

  @Override
  List<Integer> windows(ConfigJson json) {
    return windows(json, 2);
  }

  /** Without {@code layer_types}, every {@code interval}-th layer has no window. */
  static List<Integer> windows(ConfigJson json, int interval) {
    if (json.isNull("sliding_window")) {
      throw json.error("sliding_window", "a whole number");
    }
    return windows(json, window(json, true, 4096), layer -> (layer + 1) % interval != 0);
  }

  @Override
  boolean tiedByDefault() {
    return true;
  }

  @Override
  int defaultPositions() {
    return 8192;
  }

  @Override
  int keyValueHeads(ConfigJson json, int heads) {
    return json.integer("num_key_value_heads", 4);
  }

  /** transformers wants the heads to share the width also where they have a size of their own. */
  @Override
  int headSize(ConfigJson json, int hidden, int heads) {
    share(json, hidden, heads);
    return json.integer("head_dim", 256);
  }

  @Override
  public OptionalInt padding() {
    return OptionalInt.of(0);
  }
}
