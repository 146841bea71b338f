package dev.kelpie.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.model.adapter.AdapterDropout;
import dev.kelpie.model.adapter.AdapterTensors;
import dev.kelpie.tensors.TensorScope;
import dev.kelpie.tensors.TorchScript;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * The calls of the training script for one model. A batch and its sizes are those of train.py, and
 * so are the results.
 */
public final class TrainCalls implements AutoCloseable {
  private final TorchScript script;
  private final Optional<TrainCalls> base; // whose weights come first
  private final NDList weights;
  private final NDList scale; // [1] of an adapter; else nothing
  private final AdapterDropout dropout;
  private final NDArray frequencies; // [C / 2], of each kind of rotation
  private final long[] shape;
  private final double[] numbers; // beside the shape
  private volatile Optional<HalfMatrices> halves = Optional.empty();

  /**
   * Calls for a model.
   *
   * @param weights in the order of train_weights.py; owned by the caller, like all tensors
   */
  public TrainCalls(
      TorchScript script, NDList weights, NDArray frequencies, long[] shape, double[] numbers) {
    this(
        script,
        Optional.empty(),
        weights,
        new NDList(),
        AdapterDropout.NONE,
        frequencies,
        shape,
        numbers);
  }

  private TrainCalls(
      TorchScript script,
      Optional<TrainCalls> base,
      NDList weights,
      NDList scale,
      AdapterDropout dropout,
      NDArray frequencies,
      long[] shape,
      double[] numbers) {
    this.script = script;
    this.base = base;
    this.weights = weights;
    this.scale = scale;
    this.dropout = dropout;
    this.frequencies = frequencies;
    this.shape = shape;
    this.numbers = numbers;
  }

  /**
   * Calls for this model with an adapter.
   *
   * @param adapter its tensors, those that are trained in full last
   * @param scale of its products, [1]
   */
  public TrainCalls withAdapter(NDList adapter, NDArray scale, AdapterDropout dropped) {
    return new TrainCalls(
        script,
        Optional.of(this),
        adapter,
        new NDList(scale),
        dropped,
        frequencies,
        AdapterDropout.NONE.behind(shape, OptionalLong.empty()),
        numbers);
  }

  /**
   * The same calls with a mask of the adapter's dropout.
   *
   * @param mask which of them; empty: none
   */
  public TrainCalls masked(OptionalLong mask) {
    return base.isEmpty() || mask.isEmpty()
        ? this
        : new TrainCalls(
            script,
            base,
            weights,
            scale,
            dropout,
            frequencies,
            dropout.behind(base.get().shape, mask),
            numbers);
  }

  /**
   * Computes the products of projections in bfloat16 from now on, but for those of an adapter.
   *
   * @param changes another number after each change of the weights below an adapter
   */
  public void roundProducts(LongSupplier changes) {
    if (base.isPresent()) {
      base.get().roundProducts(changes);
    } else if (halves.isEmpty()) {
      halves = Optional.of(new HalfMatrices(script, weights, shape, changes));
    }
  }

  /** Whether products are in bfloat16. */
  public boolean rounds() {
    return base.map(TrainCalls::rounds).orElse(halves.isPresent());
  }

  private NDList weights() {
    if (base.isEmpty()) {
      return halves.isPresent() ? halves.get().current() : weights;
    }
    NDList all = AdapterTensors.beside(weights, base.get().weights());
    all.addAll(scale);
    return all;
  }

  /**
   * The forward pass.
   *
   * @param scale 1 / temperature
   * @param keep whether results have the tape
   */
  public NDList forward(
      List<NDArray> batch, long[] sizes, double scale, boolean keep, TensorScope scope) {
    return script.run(
        scope, "forward", weights(), batch, sizes, shape, frequencies, numbers, scale, keep);
  }

  /** Last states, and the head. */
  public NDList states(List<NDArray> batch, long[] sizes, TensorScope scope) {
    return script.run(scope, "states", weights(), batch, sizes, shape, frequencies, numbers);
  }

  /** Numbers of the distributions that {@code states} are of. */
  public NDList statistics(
      NDList states,
      List<NDArray> batch,
      long[] sizes,
      double scale,
      double cap,
      TensorScope scope) {
    return script.run(scope, "statistics", states, batch, sizes, scale, cap);
  }

  /** KL of another model, by its states and head, to this one. */
  public NDArray divergence(
      NDList other,
      List<NDArray> batch,
      long[] sizes,
      double scale,
      double otherCap,
      NDList tape,
      TensorScope scope) {
    return script
        .run(
            scope,
            "divergence",
            weights(),
            other,
            batch,
            sizes,
            shape,
            numbers,
            scale,
            otherCap,
            tape)
        .get(0); // [B, R]
  }

  /** The backward pass, which adds to {@code gradients}. */
  public void backward(
      NDList gradients,
      NDList other,
      List<NDArray> batch,
      long[] sizes,
      double scale,
      double otherCap,
      NDList tape,
      List<NDArray> columns,
      boolean withEntropy,
      TensorScope scope) {
    script.run(
        scope,
        "backward",
        weights(),
        gradients,
        other,
        batch,
        sizes,
        shape,
        frequencies,
        numbers,
        scale,
        otherCap,
        tape,
        columns,
        withEntropy);
  }

  /** Gives the copies of weights back; the script is the caller's. */
  @Override
  public void close() {
    halves.ifPresent(HalfMatrices::close);
    halves = Optional.empty();
  }
}
