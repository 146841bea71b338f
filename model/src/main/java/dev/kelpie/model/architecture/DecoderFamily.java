package dev.kelpie.model.architecture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
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

  /** What the family computes otherwise than Llama. */
  DecoderStyle style(ConfigJson json) {
    return DecoderStyle.LLAMA;
  }

  /** The names of activations in {@code hidden_act} that the family computes. */
  List<String> activations() {
    return List.of("silu", "swish"); // one function
  }

  /** The key of the activation. */
  String activationKey() {
    return "hidden_act";
  }

  /** Rotary positions. */
  Rope rope(ConfigJson json, int positions, int headSize) {
    return new RopeReader(json, positions, headSize).read(defaultTheta(), rotated(json));
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
  int labels(ConfigJson json) {
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

  /** What is added to the mean square where the file says nothing. */
  double defaultEps() {
    return 1e-6;
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
    return layers("num_hidden_layers", json, json.integer("num_hidden_layers"));
  }

  /** Bounds the number of {@code layers} before lists of that length are made. */
  static int layers(String key, ConfigJson json, int layers) {
    if (layers < 1 || layers > MOST_LAYERS) {
      throw json.error(key, "1 to " + MOST_LAYERS);
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
    requireActivation(json);
    int hidden = json.integer("hidden_size");
    int heads = json.integer("num_attention_heads");
    int headSize = headSize(json, hidden, heads);
    int positions = positions(json);
    Rope rope = rope(json, positions, headSize);
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
        json.number("rms_norm_eps", defaultEps()),
        labels == 0 && tied,
        rope,
        biases.queryKeyValue(),
        biases.output(),
        biases.mlp(),
        queryKeyNorm(),
        windows(json),
        json.number("initializer_range", 0.02),
        rope.positions(positions),
        style(json),
        labels);
  }

  void requireActivation(ConfigJson json) {
    String first = activations().get(0);
    if (!activations().contains(json.text(activationKey(), first))) {
      throw json.error(activationKey(), first);
    }
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
  public DecoderNames names(ModelConfig config) {
    return DecoderNames.llama(config);
  }

  @Override
  public SortedMap<String, List<Long>> parameters(ModelConfig config) {
    return new DecoderParameters(config, names(config)).shapes();
  }
}
