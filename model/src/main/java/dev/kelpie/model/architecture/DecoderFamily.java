package dev.kelpie.model.architecture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/**
 * The shared part of the decoders of the Llama family: most keys of {@code config.json}, in the
 * layouts of transformers 4 and 5, and the names of the parameters. What is not overridden is
 * Llama's.
 */
abstract class DecoderFamily implements Architecture {
  private static final int MOST_LAYERS = 10_000;

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

  /**
   * Outputs of the score head of a classifier; 0: a language model. A classifier has the model type
   * of its family, so only {@code architectures} tells it from a language model.
   */
  private int labels(ConfigJson json) {
    if (!SequenceClassifier.isName(name) && !TokenClassifier.isName(name)) {
      return 0;
    }
    json.ids(ScoreHead.PADDING);
    int labels = json.integer("num_labels", json.has("id2label") ? json.size("id2label") : 2);
    if (labels < 1) {
      throw json.error(
          json.isPresent("num_labels") ? "num_labels" : "id2label", "at least 1 label");
    }
    return labels;
  }

  boolean tiedByDefault() {
    return false;
  }

  double defaultTheta() {
    return 10_000;
  }

  /** Positions of a model whose file says nothing. */
  int defaultPositions() {
    return 2048;
  }

  /** Key and value heads. */
  int keyValueHeads(ConfigJson json, int heads) {
    return keyValueHeads(json, heads, heads);
  }

  /** Key and value heads: all heads where the file says null. */
  static int keyValueHeads(ConfigJson json, int heads, int absent) {
    return json.isNull("num_key_value_heads") ? heads : json.integer("num_key_value_heads", absent);
  }

  /** Channels of a head. */
  int headSize(ConfigJson json, int hidden, int heads) {
    return json.has("head_dim") ? json.integer("head_dim") : share(json, hidden, heads);
  }

  static int share(ConfigJson json, int hidden, int heads) {
    if (heads < 1 || hidden % heads != 0) {
      throw json.error("num_attention_heads", "a divisor of hidden_size = " + hidden);
    }
    return hidden / heads;
  }

  static int layers(ConfigJson json) {
    int layers = json.integer("num_hidden_layers");
    if (layers < 1 || layers > MOST_LAYERS) {
      throw json.error("num_hidden_layers", "1 to " + MOST_LAYERS);
    }
    return layers;
  }

  int positions(ConfigJson json) {
    int positions = json.integer("max_position_embeddings", defaultPositions());
    if (positions < 1) {
      throw json.error("max_position_embeddings", "at least 1");
    }
    return positions;
  }

  @Override
  public ModelConfig read(ConfigJson json) {
    String activation = json.text("hidden_act", "silu");
    if (!activation.equals("silu") && !activation.equals("swish")) { // one function
      throw json.error("hidden_act", "silu");
    }
    int hidden = json.integer("hidden_size");
    int heads = json.integer("num_attention_heads");
    int headSize = headSize(json, hidden, heads);
    int positions = positions(json);
    int labels = labels(json);
    boolean tied = json.flag("tie_word_embeddings", tiedByDefault());
    Biases biases = biases(json);
    return new ModelConfig(
        name,
        json.integer("vocab_size"),
        hidden,
        layers(json),
        heads,
        keyValueHeads(json, heads),
        headSize,
        json.integer("intermediate_size"),
        json.number("rms_norm_eps", 1e-6),
        labels == 0 && tied,
        new RopeReader(json, positions, headSize).read(defaultTheta(), rotated(json)),
        biases.queryKeyValue(),
        biases.output(),
        biases.mlp(),
        queryKeyNorm(),
        windows(json),
        json.number("initializer_range", 0.02),
        positions,
        labels);
  }

  /**
   * The window of each layer: {@code layer_types} where it is written, else what {@code isWindowed}
   * says of a layer.
   *
   * @param window tokens that a query sees; 0: there are no windows, and no layer may ask for one
   */
  static List<Integer> windows(ConfigJson json, int window, IntPredicate isWindowed) {
    List<String> types = json.texts("layer_types");
    List<Integer> windows = new ArrayList<>();
    for (int layer = 0; layer < (types.isEmpty() ? layers(json) : types.size()); layer++) {
      boolean sliding =
          types.isEmpty() ? isWindowed.test(layer) : isSliding(json, types.get(layer));
      if (sliding && window == 0 && !types.isEmpty()) {
        throw json.error("layer_types", "full_attention, where there is no window");
      }
      windows.add(sliding ? window : 0);
    }
    return windows;
  }

  /** The number called {@code sliding_window}; 0 where it is null or not {@code used}. */
  static int window(ConfigJson json, boolean used, int absent) {
    int window = json.isNull("sliding_window") ? 0 : json.integer("sliding_window", absent);
    if (used && window < 1 && json.has("sliding_window")) {
      throw json.error("sliding_window", "at least 1");
    }
    return used ? window : 0;
  }

  /** The windows of Qwen: the layers from {@code max_window_layers} on. */
  static List<Integer> windowsOfQwen(ConfigJson json) {
    int window = window(json, json.flag("use_sliding_window", false), 4096);
    int first = json.integer("max_window_layers", 28);
    return windows(json, window, layer -> layer >= first);
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
      linear(shapes, "score", config.labels(), d, config.labelsTokens());
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
