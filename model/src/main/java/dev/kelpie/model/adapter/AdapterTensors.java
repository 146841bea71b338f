package dev.kelpie.model.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.tensors.InferenceScope;
import java.util.List;

/** The tensors of an adapter as the training script takes them: behind those of its base. */
public final class AdapterTensors {
  /** Places, in train_weights.py, of what may be trained in full beside an adapter. */
  private static final List<Integer> FULL = List.of(0, 1, 3, 4); // embedding, head, value head

  private AdapterTensors() {}

  /** {@code own} behind those of the base, but for what is trained in full, which replaces it. */
  public static NDList beside(NDList own, NDList base) {
    int adapter = own.size() - FULL.size();
    NDList all = new NDList(base);
    for (int i = 0; i < FULL.size(); i++) {
      NDArray full = own.get(adapter + i);
      if (full.size() > 0) {
        all.set(FULL.get(i), full);
      }
    }
    all.addAll(own.subList(0, adapter));
    return all;
  }

  /** The same of gradients; those of the base, which is frozen, are empty. */
  public static NDList besideFrozen(NDList own, int base, InferenceScope scope) {
    NDList all = new NDList();
    for (int i = 0; i < base; i++) {
      all.add(scope.floats(new float[0], 0));
    }
    return beside(own, all);
  }
}
