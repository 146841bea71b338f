package dev.kelpie.model;

import dev.kelpie.config.Require;
import dev.kelpie.model.adapter.AdapterModules;
import dev.kelpie.model.architecture.DecoderNames;
import dev.kelpie.model.architecture.DecoderNames.Layer;
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

  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";
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
    DecoderNames names = config.names();
    SortedMap<String, List<Long>> shapes = new TreeMap<>(config.parameters());
    if (!heads.vocabulary()) {
      shapes.remove(names.head() + WEIGHT);
    }
    if (heads.value() && config.labels() == 0) {
      shapes.put(VALUE_WEIGHT, List.of(1L, (long) config.hiddenSize()));
      shapes.put(VALUE_BIAS, List.of(1L));
    }
    ParameterLayout layout = new ParameterLayout(shapes);
    layout.block(names.embedding() + WEIGHT);
    if (heads.vocabulary() && config.tied()) {
      layout.blocks.addAll(layout.blocks.subList(0, 3).stream().toList());
    } else {
      layout.block(names.head() + WEIGHT);
    }
    layout.block(names.norm() + WEIGHT);
    layout.block(VALUE_WEIGHT, SCORE);
    layout.block(VALUE_BIAS, SCORE_BIAS);
    names.layers().forEach(layer -> layout.layer(layer, names.transposed()));
    layout.block(names.positions() + WEIGHT);
    layout.block(names.norm() + BIAS);
    names.layers().forEach(layout::more);
    Require.that(
        layout.places.keySet().equals(shapes.keySet()),
        "architecture: %s (expected: one whose parameters all have a place)",
        config.architecture());
    return layout;
  }

  /** The layout of numbers beside those of a model, of these shapes. */
  public static ParameterLayout of(Map<String, List<Long>> shapes) {
    ParameterLayout layout = new ParameterLayout(new TreeMap<>(shapes));
    layout.shapes.keySet().forEach(layout::block);
    return layout;
  }

  /**
   * The layout of an adapter, whose blocks are in the order of train_adapter.py, and of what is
   * trained in full beside it: embedding, head, value head.
   *
   * @param values width of the value head; 0: none
   */
  static ParameterLayout of(AdapterModules adapter, long values) {
    SortedMap<String, List<Long>> shapes = adapter.shapes();
    if (values > 0) {
      shapes.put(VALUE_WEIGHT, List.of(1L, values));
      shapes.put(VALUE_BIAS, List.of(1L));
    }
    ParameterLayout layout = new ParameterLayout(shapes);
    for (List<String> slots : adapter.layers()) {
      for (String module : slots) {
        layout.block(AdapterModules.down(module));
        layout.block(AdapterModules.up(module));
      }
    }
    adapter.saved().forEach(module -> layout.block(AdapterModules.saved(module)));
    layout.block(VALUE_WEIGHT);
    layout.block(VALUE_BIAS);
    return layout;
  }

  private void layer(Layer layer, boolean transposed) {
    block(layer.norm() + WEIGHT);
    linear(transposed, layer.queryKeyValue());
    block(layer.queryNorm() + WEIGHT);
    block(layer.keyNorm() + WEIGHT);
    linear(transposed, List.of(layer.output()));
    block(layer.mlpNorm() + WEIGHT);
    linear(transposed, layer.up());
    linear(transposed, layer.down());
  }

  /** What only some families have. */
  private void more(Layer layer) {
    block(layer.norm() + BIAS);
    block(layer.outputNorm() + WEIGHT);
    block(layer.mlpNorm() + BIAS);
    block(layer.mlpOutputNorm() + WEIGHT);
    block(layer.router() + WEIGHT);
  }

  /** Matrices of one input or output below each other, and their biases. */
  private void linear(boolean transposed, List<String> names) {
    block(names.stream().map(name -> name + WEIGHT).toArray(String[]::new));
    if (transposed) { // columns below 0 say that the view is the transpose
      blocks.set(blocks.size() - 1, -blocks.get(blocks.size() - 1));
    }
    block(names.stream().map(name -> name + BIAS).toArray(String[]::new));
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

  /** Whether the parameter called {@code name} is of a head of values or scores. */
  static boolean isScalarHead(String name) {
    return name.equals(VALUE_WEIGHT)
        || name.equals(VALUE_BIAS)
        || name.equals(SCORE)
        || name.equals(SCORE_BIAS);
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

  /**
   * Offset, rows and columns of each block, in the order of train_weights.py; columns 0 make a
   * vector, those below 0 say that the matrix is used as its transpose.
   */
  long[] blocks() {
    return blocks.stream().mapToLong(Long::longValue).toArray();
  }
}
