package dev.kelpie.model.architecture;

import dev.kelpie.model.architecture.DecoderNames.Layer;
import dev.kelpie.model.architecture.DecoderStyle.Activation;
import dev.kelpie.model.architecture.DecoderStyle.Norm;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * GPT-2 and DistilGPT-2: learned positions, LayerNorm, an MLP without a gate, biases everywhere,
 * matrices stored as {@code Conv1D} does, [in, out].
 */
final class Gpt2 extends DecoderFamily {
  private static final String TRUNK = "transformer.";

  Gpt2() {
    this("GPT2LMHeadModel");
  }

  /** The family's class of this name. */
  Gpt2(String name) {
    super(name, "gpt2");
  }

  @Override
  public ModelConfig read(ConfigJson json) {
    requireActivation(json);
    requireOwnNames(json);
    int width = json.integer("n_embd", 768);
    int heads = json.integer("n_head", 12);
    int headSize = width < 1 || heads < 1 || width % heads != 0 ? 0 : width / heads;
    if (headSize == 0) {
      throw json.error("n_head", "a divisor of n_embd = " + width);
    }
    int layers = layers("n_layer", json, json.integer("n_layer", 12));
    int positions = json.integer("n_positions", 1024);
    if (positions < 1) {
      throw json.error("n_positions", "at least 1");
    }
    int labels = labels(json);
    return new ModelConfig(
        name(),
        json.integer("vocab_size", 50_257),
        width,
        layers,
        heads,
        heads,
        headSize,
        inner(json, width),
        json.number("layer_norm_epsilon", 1e-5),
        labels == 0 && json.flag("tie_word_embeddings", true),
        new Rope(10_000, Optional.empty(), Collections.nCopies(layers, false)),
        true,
        true,
        true,
        false,
        Collections.nCopies(layers, 0),
        json.number("initializer_range", 0.02),
        positions,
        style(json),
        labels);
  }

  private static int inner(ConfigJson json, int width) {
    int inner = json.has("n_inner") ? json.integer("n_inner") : 4 * width;
    if (inner < 1) {
      throw json.error("n_inner", "at least 1");
    }
    return inner;
  }

  /** Names by which transformers takes these sizes too; which of two counts is not asked. */
  private static void requireOwnNames(ConfigJson json) {
    List<List<String>> names =
        List.of(
            List.of("hidden_size", "n_embd"),
            List.of("num_attention_heads", "n_head"),
            List.of("num_hidden_layers", "n_layer"),
            List.of("max_position_embeddings", "n_positions"));
    for (List<String> name : names) {
      if (json.isPresent(name.get(0))) {
        throw json.error(name.get(0), "none; GPT-2 has " + name.get(1));
      }
    }
    for (String key : List.of("rope_scaling", "rope_parameters", "sliding_window", "layer_types")) {
      if (json.has(key)) { // transformers reads them in part
        throw json.error(key, "none; GPT-2 has neither rotary positions nor windows");
      }
    }
  }

  @Override
  DecoderStyle style(ConfigJson json) {
    if (json.flag("scale_attn_by_inverse_layer_idx", false)) {
      throw json.error("scale_attn_by_inverse_layer_idx", "false");
    }
    if (json.flag("add_cross_attention", false)) {
      throw json.error("add_cross_attention", "false; only a decoder alone is read");
    }
    boolean scaled = json.flag("scale_attn_weights", true);
    return new DecoderStyle(
        Norm.LAYER,
        Activation.GELU,
        false,
        true,
        1,
        scaled ? OptionalDouble.empty() : OptionalDouble.of(1),
        0,
        0,
        Optional.empty());
  }

  @Override
  String activationKey() {
    return "activation_function";
  }

  @Override
  List<String> activations() {
    return List.of("gelu_new", "gelu_pytorch_tanh", "gelu_fast"); // one function
  }

  @Override
  public DecoderNames names(ModelConfig config) {
    List<Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      String prefix = TRUNK + "h." + layer + ".";
      layers.add(
          new Layer(
              prefix + "ln_1",
              List.of(prefix + "attn.c_attn"),
              "",
              "",
              prefix + "attn.c_proj",
              "",
              prefix + "ln_2",
              "",
              List.of(prefix + "mlp.c_fc"),
              List.of(prefix + "mlp.c_proj"),
              ""));
    }
    return new DecoderNames(TRUNK + "wte", TRUNK + "wpe", "lm_head", TRUNK + "ln_f", true, layers);
  }

  /** Files of the trunk alone, such as those of the first GPT-2, leave out its name. */
  @Override
  public String parameter(String stored) {
    if (stored.startsWith("classifier.")) { // of tokens
      return "score." + stored.substring(stored.indexOf('.') + 1);
    }
    boolean trunk = stored.matches("(wte|wpe|ln_f|h\\.\\d+)\\..+");
    return trunk ? TRUNK + stored : stored;
  }

  @Override
  public String stored(String parameter) {
    return TokenClassifier.isName(name()) && parameter.startsWith("score.")
        ? "classifier." + parameter.substring(parameter.indexOf('.') + 1)
        : parameter;
  }

  /** The causal mask, which old files store. */
  @Override
  public boolean isBuffer(String stored) {
    return stored.endsWith(".attn.bias") || stored.endsWith(".attn.masked_bias");
  }
}
