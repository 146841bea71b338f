package dev.kelpie.model.architecture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The shared part of the decoders of the Llama family: most keys of {@code config.json}, in the
 * layouts of transformers 4 and 5, and the names of the parameters. What is not overridden is
 * Llama's.
 */
abstract class DecoderFamily implements Architecture {
  private final String name;
  private final String modelType;

  DecoderFamily(String name, String modelType) {
    this.name = name;
    this.modelType = modelType;
  }

  /** Which projections have a bias. */
  record Biases(boolean queryKeyValue, boolean output, boolean mlp) {}

  @Override
  public String name() {
    return name;
  }

  @Override
  public String modelType() {
    return modelType;
  }

  Biases biases(ConfigJson json) {
    boolean attention = json.flag("attention_bias", false);
    return new Biases(attention, attention, json.flag("mlp_bias", false));
  }

  /** Whether the heads of queries and keys have RMS norms. */
  boolean queryKeyNorm() {
    return false;
  }

  /** Per layer, whether it has rotary positions. */
  List<Boolean> rotated(ConfigJson json) {
    return Collections.nCopies(layers(json), true);
  }

  /** Per layer, how many tokens a query sees, itself included; 0: all before it. */
  List<Integer> windows(ConfigJson json) {
    return Collections.nCopies(layers(json), 0);
  }

  /** Outputs of the score head; 0: a language model. */
  int labels(ConfigJson json) {
    return 0;
  }

  boolean tiedByDefault() {
    return false;
  }

  double defaultTheta() {
    return 10_000;
  }

  static int layers(ConfigJson json) {
    return json.integer("num_hidden_layers");
  }

  @Override
  public ModelConfig read(ConfigJson json) {
    String activation = json.text("hidden_act", "silu");
    if (!activation.equals("silu")) {
      throw json.error("hidden_act", "silu");
    }
    int hidden = json.integer("hidden_size");
    int heads = json.integer("num_attention_heads");
    if (!json.has("head_dim") && (heads < 1 || hidden % heads != 0)) {
      throw json.error("num_attention_heads", "a divisor of hidden_size = " + hidden);
    }
    int labels = labels(json);
    Biases biases = biases(json);
    return new ModelConfig(
        name,
        json.integer("vocab_size"),
        hidden,
        layers(json),
        heads,
        json.integer("num_key_value_heads", heads),
        json.has("head_dim") ? json.integer("head_dim") : hidden / heads,
        json.integer("intermediate_size"),
        json.number("rms_norm_eps", 1e-6),
        labels == 0 && json.flag("tie_word_embeddings", tiedByDefault()),
        rope(json),
        biases.queryKeyValue(),
        biases.output(),
        biases.mlp(),
        queryKeyNorm(),
        windows(json),
        json.number("initializer_range", 0.02),
        json.integer("max_position_embeddings", 2048),
        labels);
  }

  /** transformers 5 has one {@code rope_parameters}; 4 has theta and {@code rope_scaling} apart. */
  private Rope rope(ConfigJson json) {
    if (json.number("partial_rotary_factor", 1) != 1) {
      throw json.error("partial_rotary_factor", "1");
    }
    if (json.has("rope_parameters")) {
      ConfigJson parameters = json.object("rope_parameters");
      double theta = parameters.number("rope_theta", defaultTheta());
      return new Rope(theta, scaling(json, parameters), rotated(json));
    }
    double theta = json.number("rope_theta", defaultTheta());
    Optional<Rope.Scaling> scaling =
        json.has("rope_scaling") ? scaling(json, json.object("rope_scaling")) : Optional.empty();
    return new Rope(theta, scaling, rotated(json));
  }

  private static Optional<Rope.Scaling> scaling(ConfigJson json, ConfigJson rope) {
    String key = rope.has("rope_type") || !rope.has("type") ? "rope_type" : "type";
    return switch (rope.text(key, "default")) {
      case "default" -> Optional.empty();
      case "linear" -> Optional.of(new Rope.Linear(rope.number("factor")));
      case "llama3" ->
          Optional.of(
              new Rope.Llama3(
                  rope.number("factor"),
                  rope.number("low_freq_factor"),
                  rope.number("high_freq_factor"),
                  rope.integer(
                      "original_max_position_embeddings",
                      json.integer("max_position_embeddings", 2048))));
      default -> throw rope.error(key, "default, linear or llama3");
    };
  }

  /**
   * The window of each layer as Qwen and SmolLM3 have it: {@code layer_types} where it is written,
   * else the layers from {@code max_window_layers} on; nowhere unless {@code use_sliding_window}.
   */
  static List<Integer> slidingWindows(ConfigJson json) {
    int layers = layers(json);
    boolean used = json.flag("use_sliding_window", false) && json.has("sliding_window");
    int window = used ? json.integer("sliding_window") : 0;
    List<String> types = json.texts("layer_types");
    int firstWindowed = json.integer("max_window_layers", 28);
    List<Integer> windows = new ArrayList<>();
    for (int layer = 0; layer < (types.isEmpty() ? layers : types.size()); layer++) {
      boolean sliding =
          types.isEmpty() ? layer >= firstWindowed : isSliding(json, types.get(layer));
      windows.add(sliding ? window : 0);
    }
    return windows;
  }

  private static boolean isSliding(ConfigJson json, String type) {
    return switch (type) {
      case "sliding_attention" -> true;
      case "full_attention" -> false;
      default -> throw json.error("layer_types", "sliding_attention or full_attention");
    };
  }

  @Override
  public SortedMap<String, List<Long>> parameters(ModelConfig config) {
    SortedMap<String, List<Long>> shapes = new TreeMap<>();
    long d = config.hiddenSize();
    shapes.put("model.embed_tokens.weight", List.of((long) config.vocabularySize(), d));
    shapes.put("model.norm.weight", List.of(d));
    if (config.labels() > 0) {
      shapes.put("score.weight", List.of((long) config.labels(), d));
    } else if (!config.tied()) {
      shapes.put("lm_head.weight", List.of((long) config.vocabularySize(), d));
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      addLayer(shapes, "model.layers." + layer + ".", config);
    }
    return shapes;
  }

  private static void addLayer(
      SortedMap<String, List<Long>> shapes, String layer, ModelConfig config) {
    long d = config.hiddenSize();
    long queries = (long) config.heads() * config.headSize();
    long keys = (long) config.keyValueHeads() * config.headSize();
    long wide = config.intermediateSize();
    String attention = layer + "self_attn.";
    linear(shapes, attention + "q_proj", queries, d, config.queryKeyValueBias());
    linear(shapes, attention + "k_proj", keys, d, config.queryKeyValueBias());
    linear(shapes, attention + "v_proj", keys, d, config.queryKeyValueBias());
    linear(shapes, attention + "o_proj", d, queries, config.outputBias());
    if (config.queryKeyNorm()) {
      shapes.put(attention + "q_norm.weight", List.of((long) config.headSize()));
      shapes.put(attention + "k_norm.weight", List.of((long) config.headSize()));
    }
    linear(shapes, layer + "mlp.gate_proj", wide, d, config.mlpBias());
    linear(shapes, layer + "mlp.up_proj", wide, d, config.mlpBias());
    linear(shapes, layer + "mlp.down_proj", d, wide, config.mlpBias());
    shapes.put(layer + "input_layernorm.weight", List.of(d));
    shapes.put(layer + "post_attention_layernorm.weight", List.of(d));
  }

  private static void linear(
      SortedMap<String, List<Long>> shapes, String name, long out, long in, boolean bias) {
    shapes.put(name + ".weight", List.of(out, in));
    if (bias) {
      shapes.put(name + ".bias", List.of(out));
    }
  }
}
