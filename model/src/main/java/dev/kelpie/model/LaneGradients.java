package dev.kelpie.model;

import ai.djl.ndarray.NDList;
import dev.kelpie.tensors.InferenceScope;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiFunction;

/** The gradients of a model's parameters, which each lane adds up by itself. */
final class LaneGradients implements AutoCloseable {
  private final ParameterLayout layout;
  private final BiFunction<Parameters, InferenceScope, NDList> views;
  private final ConcurrentNavigableMap<Integer, Gradient> lanes = new ConcurrentSkipListMap<>();

  private record Gradient(Parameters parameters, InferenceScope owner, NDList views)
      implements AutoCloseable {
    @Override
    public void close() {
      owner.close();
      parameters.close();
    }
  }

  /**
   * Gradients that are all 0 and take no memory yet.
   *
   * @param views the tensors that the script adds to, in flat memory, owned by a scope
   */
  LaneGradients(ParameterLayout layout, BiFunction<Parameters, InferenceScope, NDList> views) {
    this.layout = layout;
    this.views = views;
  }

  /** What the backward pass of {@code lane} adds to. */
  NDList of(int lane) {
    return lanes.computeIfAbsent(lane, key -> zeros()).views();
  }

  private Gradient zeros() {
    Parameters zeros = Parameters.zeros(layout);
    InferenceScope owner = InferenceScope.open();
    return new Gradient(zeros, owner, views.apply(zeros, owner));
  }

  /** The sum over the lanes, in their order; none without a backward pass since the last clear. */
  Optional<Parameters> sum() {
    while (lanes.size() > 1) {
      Parameters sum = lanes.firstEntry().getValue().parameters();
      int lane = lanes.higherKey(lanes.firstKey());
      try (Gradient more = lanes.remove(lane)) {
        sum.flat().addi(more.parameters().flat());
      }
    }
    return lanes.values().stream().findFirst().map(Gradient::parameters);
  }

  /** Gives their memory back. */
  @Override
  public void close() {
    lanes.values().forEach(Gradient::close);
    lanes.clear();
  }
}
