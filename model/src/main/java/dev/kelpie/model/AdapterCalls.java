package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.model.adapter.AdapterConfig;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.training.TrainCalls;
import dev.kelpie.tensors.InferenceScope;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** The calls of a model with an adapter, and the masks of the adapter's dropout. */
final class AdapterCalls {
  /** Places, in train_weights.py, of what may be trained in full beside an adapter. */
  private static final List<Integer> FULL = List.of(0, 1, 3, 4); // embedding, head, value head

  private final ModelConfig config;
  private final double dropout; // of the adapter's inputs
  private final long seed; // of their masks
  private final TrainCalls calls;

  /**
   * @param base of the frozen model
   * @param views of the adapter's parameters
   * @param seed of the masks
   */
  AdapterCalls(
      TrainCalls base,
      ModelConfig config,
      AdapterConfig adapter,
      NDList views,
      long seed,
      InferenceScope owner) {
    this.config = config;
    this.dropout = adapter.dropout();
    this.seed = seed;
    NDList weights = new NDList(pairs(views));
    weights.add(owner.floats(new float[] {(float) adapter.scale()}, 1)); // [1]
    this.calls = base.withAdapter(weights, full(views), shape(0, 0));
  }

  /** Calls without dropout. */
  TrainCalls calls() {
    return calls;
  }

  /** Calls with a mask of the dropout, which is a function of its number and the seed; or none. */
  TrainCalls masked(OptionalLong mask) {
    if (dropout == 0 || mask.isEmpty()) {
      return calls;
    }
    SplittableRandom random = new SplittableRandom(seed);
    SplittableRandom ofMask = new SplittableRandom(random.nextLong() ^ mask.getAsLong());
    return calls.withShape(shape(dropout, ofMask.nextInt() >>> 1));
  }

  private long[] shape(double probability, int maskSeed) {
    return DecoderShape.ofAdapter(DecoderShape.of(config), probability, maskSeed);
  }

  /**
   * Gradients in the order of the weights.
   *
   * @param views of the adapter's gradients
   * @param frozen weights of the base, whose gradients are empty
   */
  static NDList gradients(NDList views, int frozen, InferenceScope scope) {
    NDList all = new NDList();
    for (int i = 0; i < frozen; i++) {
      all.add(scope.floats(new float[0], 0));
    }
    full(views).forEach(all::set);
    all.addAll(pairs(views));
    return all;
  }

  /** What is trained in full, by its place among the weights of the base. */
  private static Map<Integer, NDArray> full(NDList views) {
    Map<Integer, NDArray> full = new TreeMap<>();
    int first = views.size() - FULL.size();
    for (int i = 0; i < FULL.size(); i++) {
      if (views.get(first + i).size() > 0) {
        full.put(FULL.get(i), views.get(first + i));
      }
    }
    return full;
  }

  /** A and B of the projections. */
  private static List<NDArray> pairs(NDList views) {
    return views.subList(0, views.size() - FULL.size());
  }
}
