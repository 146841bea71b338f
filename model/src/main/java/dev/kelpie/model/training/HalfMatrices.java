package dev.kelpie.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.TorchScript;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A model's weights for passes whose products are in bfloat16: the matrices of its projections are
 * copies in bfloat16, all others the float32 weights themselves. The copies take 2 bytes per number
 * and are made anew only after the weights have changed, so once per optimiser step.
 *
 * <p>Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740, section 3.1 (master weights in
 * float32), with the number format of Kalamkar et al. 2019, https://arxiv.org/abs/1905.12322, whose
 * exponent is float32's, so that no loss is scaled.
 */
final class HalfMatrices implements AutoCloseable {
  private final TorchScript script;
  private final NDList weights;
  private final LongSupplier changes;
  private final InferenceScope owner;
  private final List<NDArray> copies; // as weights; of those that stay float32 empty
  private final NDList mixed = new NDList();
  private long copied;

  /**
   * Copies the matrices of a model.
   *
   * @param weights in the order of train_weights.py; owned by the caller
   * @param changes another number after each change of them
   */
  HalfMatrices(TorchScript script, NDList weights, long[] shape, LongSupplier changes) {
    this.script = script;
    this.weights = weights;
    this.changes = changes;
    this.copied = changes.getAsLong();
    this.owner = InferenceScope.open();
    this.copies = new ArrayList<>(script.run(owner, "halves", weights, shape));
    for (int i = 0; i < copies.size(); i++) {
      NDArray copy = copies.get(i);
      mixed.add(copy.isEmpty() ? weights.get(i) : copy);
    }
    owner.cap();
  }

  /** The weights as they are now; valid until they change. */
  synchronized NDList current() {
    long now = changes.getAsLong();
    if (now != copied) {
      try (InferenceScope scope = InferenceScope.open()) {
        script.run(scope, "refresh", copies, weights);
      }
      copied = now;
    }
    return mixed;
  }

  @Override
  public void close() {
    owner.close();
  }
}
