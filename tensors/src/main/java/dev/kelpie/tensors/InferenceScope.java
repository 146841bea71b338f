package dev.kelpie.tensors;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;

/**
 * Owner of tensors that need no gradient: the intermediate results of one method or, held in a
 * field, the weights of a model.
 *
 * <p>Turns gradient mode off on the thread that opens it (it is on in new threads) and puts it back
 * when that thread closes it.
 */
public final class InferenceScope implements TensorScope {
  private final NDManager manager;
  private final Thread opener;
  private final boolean gradientMode;

  private InferenceScope(NDManager manager) {
    this.manager = manager;
    this.opener = Thread.currentThread();
    this.gradientMode = JniUtils.isGradMode();
    JniUtils.setGradMode(false);
  }

  /** An empty scope; the caller closes it. */
  public static InferenceScope open() {
    return new InferenceScope(NativeMemory.engine().newBaseManager());
  }

  @Override
  public NDManager manager() {
    return manager;
  }

  @Override
  public void close() {
    manager.close();
    if (gradientMode && Thread.currentThread() == opener) {
      JniUtils.setGradMode(true);
    }
  }
}
