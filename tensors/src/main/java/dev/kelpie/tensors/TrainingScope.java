package dev.kelpie.tensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import java.util.List;

/**
 * Owner of the tensors and the graph of one training step. Only one may be open in a JVM, because
 * libtorch's gradient collector is one per process.
 */
public final class TrainingScope implements TensorScope {
  private final NDManager manager;
  private final GradientCollector collector;

  private TrainingScope(NDManager manager, GradientCollector collector) {
    this.manager = manager;
    this.collector = collector;
  }

  /** An empty scope; throws IllegalStateException when another training scope is open. */
  public static TrainingScope open() {
    NDManager manager = NativeMemory.engine().newBaseManager();
    try {
      return new TrainingScope(manager, NativeMemory.engine().newGradientCollector());
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  @Override
  public NDManager manager() {
    return manager;
  }

  /** A copy of {@code values} in this scope, cut from its graph, that takes a gradient. */
  public NDArray leaf(NDArray values) {
    NDArray copy = values.duplicate();
    copy.attach(manager);
    NDArray leaf = copy.stopGradient(); // shares the copy's memory
    leaf.attach(manager);
    leaf.setRequiresGradient(true);
    return leaf;
  }

  /**
   * The gradients of {@code loss} with respect to {@code leaves}, in their order and of their
   * shapes; zeros for a leaf the loss does not depend on. The leaves' gradients must be fresh:
   * earlier backward calls add up.
   */
  public NDList gradients(NDArray loss, List<NDArray> leaves) {
    collector.backward(loss);
    NDList gradients = new NDList(leaves.size());
    for (NDArray leaf : leaves) {
      gradients.add(leaf.getGradient());
    }
    return gradients;
  }

  @Override
  public void close() {
    collector.close();
    manager.close();
  }
}
