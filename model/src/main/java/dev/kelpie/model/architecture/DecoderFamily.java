package dev.kelpie.model.architecture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The shared part of the decoders of the Llama family: most keys of {@code config.json}, in the
 * layouts of transformers 4 and 5, and the names of the parameters. The members differ in {@link
 * Traits}.
 */
final class DecoderFamily {
  private DecoderFamily() {}

  /** Differences between the members of the family. */
  record Traits(
      String name,
      boolean queryKeyValueBias,
      boolean outputBias,
      boolean mlpBias,
      boolean queryKeyNorm,
      List<Boolean> rotated,
      List<Integer> windows,
      boolean tiedByDefault,
      double defaultTheta,
      int labels) {
    /**
     * Llama: every layer rotated, no windows, biases only where the configuration asks for them.
     */
    static Traits llama(String name, ConfigJson json, int labels) {
      boolean attentionBias = json.flag("attention_bias", false);
      return new Traits(
          name,
          attentionBias,
          attentionBias,
          json.flag("mlp_bias", false),
          false,
          Collections.nCopies(layers(json), true),
          Collections.nCopies(layers(json), 0),
          false,
          10_000,
          labels);
    }

    Traits withBiases(boolean queryKeyValue, boolean output, boolean mlp) {
      return new Traits(
          name,
          queryKeyValue,
          output,
          mlp,
          queryKeyNorm,
          rotated,
          windows,
          tiedByDefault,
          defaultTheta,
          labels);
    }

    Traits withQueryKeyNorm() {
      return new Traits(
          name,
          queryKeyValueBias,
          outputBias,
          mlpBias,
          true,
          rotated,
          windows,
          tiedByDefault,
          defaultTheta,
          labels);
    }

    Traits withWindows(List<Integer> perLayer) {
      return new Traits(
          name,
          queryKeyValueBias,
          outputBias,
          mlpBias,
          queryKeyNorm,
          rotated,
          perLayer,
          tiedByDefault,
          defaultTheta,
          labels);
    }

    Traits withRotatedLayers(List<Boolean> perLayer) {
      return new Traits(
          name,
          queryKeyValueBias,
          outputBias,
          mlpBias,
          queryKeyNorm,
          perLayer,
          windows,
          tiedByDefault,
          defaultTheta,
          labels);
    }

    Traits withDefaults(boolean tied, double theta) {
      return new Traits(
          name,
          queryKeyValueBias,
          outputBias,
          mlpBias,
          queryKeyNorm,
          rotated,
          windows,
          tied,
          theta,
          labels);
    }
  }

  static int layers(ConfigJson json) {
    return json.integer("num_hidden_layers");
  }

  static ModelConfig read(ConfigJson json, Traits traits) {
    String activation = json.text("hidden_act", "silu");
    if (!activation.equals("silu")) {
      throw json.error("hidden_act", "silu");
    }
    int hidden = json.integer("hidden_size");
    int heads = json.integer("num_attention_heads");
    if (!json.has("head_dim") && (heads < 1 || hidden % heads != 0)) {
      throw json.error("num_attention_heads", "a divisor of hidden_size = " + hidden);
    }
    return new ModelConfig(
        traits.name(),
        json.integer("vocab_size"),
        hidden,
        layers(json),
        heads,
        json.integer("num_key_value_heads", heads),
        json.has("head_dim") ? json.integer("head_dim") : hidden / heads,
        json.integer("intermediate_size"),
        json.number("rms_norm_eps", 1e-6),
        traits.labels() == 0 && json.flag("tie_word_embeddings", traits.tiedByDefault()),
        rope(json, traits),
        traits.queryKeyValueBias(),
        traits.outputBias(),
        traits.mlpBias(),
        traits.queryKeyNorm(),
        traits.windows(),
        json.number("initializer_range", 0.02),
        json.integer("max_position_embeddings", 2048),
        traits.labels(),
        json.id("bos_token_id"),
        json.ids("eos_token_id"),
        json.id("pad_token_id"));
  }

  /** transformers 5 has one {@code rope_parameters}; 4 has theta and {@code rope_scaling} apart. */
  private static Rope rope(ConfigJson json, Traits traits) {
    if (json.number("partial_rotary_factor", 1) != 1) {
      throw json.error("partial_rotary_factor", "1");
    }
    if (json.has("rope_parameters")) {
      ConfigJson parameters = json.object("rope_parameters");
      double theta = parameters.number("rope_theta", traits.defaultTheta());
      return new Rope(theta, scaling(json, parameters), traits.rotated());
    }
    double theta = json.number("rope_theta", traits.defaultTheta());
    Optional<Rope.Scaling> scaling =
        json.has("rope_scaling") ? scaling(json, json.object("rope_scaling")) : Optional.empty();
    return new Rope(theta, scaling, traits.rotated());
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
  static List<Integer> windows(ConfigJson json) {
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

  static SortedMap<String, List<Long>> parameters(ModelConfig config) {
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
