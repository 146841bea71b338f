package dev.kelpie.model;

import dev.kelpie.config.Require;
import dev.kelpie.model.architecture.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Layout of all parameters in one flat tensor. Parameters that are multiplied together (q, k and v;
 * gate and up) are neighbours, so that the training script sees them as one matrix without a copy,
 * and each name still is a contiguous range. A tied head is the embedding's range.
 */
public final class ParameterLayout {
  /** The heads of a model, on top of its trunk. */
  public enum Heads {
    /** The vocabulary projection. */
    VOCABULARY,
    /**
     * One number per token: {@code v_head.weight} [1, D] and {@code v_head.bias} [1]; of a
     * classifier its own {@code score.weight} [labels, D].
     */
    VALUE,
    /** Both, on the same last hidden state. */
    BOTH;

    boolean vocabulary() {
      return this != VALUE;
    }

    boolean value() {
      return this != VOCABULARY;
    }
  }

  /** Names of the value head's parameters; they are not part of a Hugging Face checkpoint. */
  public static final String VALUE_WEIGHT = "v_head.weight";

  /** See {@link #VALUE_WEIGHT}. */
  public static final String VALUE_BIAS = "v_head.bias";

  /** Name of the head of a classifier, which its Hugging Face checkpoint has. */
  public static final String SCORE = "score.weight";

  /** Its bias, of a classifier of tokens. */
  public static final String SCORE_BIAS = "score.bias";

  private static final int ALIGNMENT = 16; // numbers, one cache line

  /** A parameter's range and shape. */
  record Place(long offset, List<Long> shape) {
    long elements() {
      return shape.stream().reduce(1L, (a, b) -> a * b);
    }
  }

  private final SortedMap<String, List<Long>> shapes;
  private final SortedMap<String, Place> places = new TreeMap<>();
  private final List<Long> blocks = new ArrayList<>();
  private long size;

  private ParameterLayout(SortedMap<String, List<Long>> shapes) {
    this.shapes = shapes;
  }

  /** The layout of a model with these {@code heads}. */
  public static ParameterLayout of(ModelConfig config, Heads heads) {
    Require.that(
        config.labels() == 0 || heads == Heads.VALUE,
        "architecture: %s (expected: a language model, to be trained)",
        config.architecture());
    SortedMap<String, List<Long>> shapes = new TreeMap<>(config.parameters());
    if (!heads.vocabulary()) {
      shapes.remove("lm_head.weight");
    }
    if (heads.value() && config.labels() == 0) {
      shapes.put(VALUE_WEIGHT, List.of(1L, (long) config.hiddenSize()));
      shapes.put(VALUE_BIAS, List.of(1L));
    }
    ParameterLayout layout = new ParameterLayout(shapes);
    layout.block("model.embed_tokens.weight");
    if (heads.vocabulary() && config.tied()) {
      layout.blocks.addAll(layout.blocks.subList(0, 3).stream().toList());
    } else {
      layout.block("lm_head.weight");
    }
    layout.block("model.norm.weight");
    layout.block(VALUE_WEIGHT, SCORE);
    layout.block(VALUE_BIAS, SCORE_BIAS);
    for (int layer = 0; layer < config.layers(); layer++) {
      layout.layer("model.layers." + layer + ".");
    }
    Require.that(
        layout.places.keySet().equals(shapes.keySet()),
        "architecture: %s (expected: one of the Llama family, to be trained)",
        config.architecture());
    return layout;
  }

  /** The layout of numbers beside those of a model, of these shapes. */
  public static ParameterLayout of(Map<String, List<Long>> shapes) {
    ParameterLayout layout = new ParameterLayout(new TreeMap<>(shapes));
    layout.shapes.keySet().forEach(layout::block);
    return layout;
  }

  private void layer(String layer) {
    String attention = layer + "self_attn.";
    String mlp = layer + "mlp.";
    block(layer + "input_layernorm.weight");
    for (String kind : List.of(".weight", ".bias")) {
      block(attention + "q_proj" + kind, attention + "k_proj" + kind, attention + "v_proj" + kind);
    }
    block(attention + "q_norm.weight");
    block(attention + "k_norm.weight");
    block(attention + "o_proj.weight");
    block(attention + "o_proj.bias");
    block(layer + "post_attention_layernorm.weight");
    for (String kind : List.of(".weight", ".bias")) {
      block(mlp + "gate_proj" + kind, mlp + "up_proj" + kind);
    }
    block(mlp + "down_proj.weight");
    block(mlp + "down_proj.bias");
  }

  /** Places parameters one after the other; those the model lacks make an empty block. */
  private void block(String... names) {
    long rows = 0;
    long columns = 0;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    long start = size;
    for (String name : names) {
      List<Long> shape = shapes.get(name);
      if (shape != null) {
        Place place = new Place(size, shape);
        places.put(name, place);
        size += place.elements();
        rows += shape.get(0);
        columns = shape.size() == 2 ? shape.get(1) : 0;
      }
    }
    blocks.addAll(List.of(start, rows, columns));
  }

  /** Length of the flat tensor, gaps included; gaps stay 0. */
  public long size() {
    return size;
  }

  /** Names and shapes of all parameters. */
  public SortedMap<String, List<Long>> shapes() {
    return new TreeMap<>(shapes);
  }

  SortedMap<String, Place> places() {
    return places;
  }

  /** Offset, rows and columns (0: a vector) of each block, in the order of train_weights.py. */
  long[] blocks() {
    return blocks.stream().mapToLong(Long::longValue).toArray();
  }
}
