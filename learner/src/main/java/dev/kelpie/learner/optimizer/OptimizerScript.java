package dev.kelpie.learner.optimizer;

import ai.djl.ndarray.NDArray;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.ScriptSource;
import dev.kelpie.tensors.TorchScript;
import java.util.List;

/** The arithmetic of the optimiser on flat tensors, float32 or float64, one call each. */
public record OptimizerScript(TorchScript script) implements AutoCloseable {
  public static OptimizerScript load() {
    ScriptSource source = ScriptSource.resource(OptimizerScript.class, "optimizer.py");
    return new OptimizerScript(TorchScript.load("Optimizer", List.of(source)));
  }

  /** The L2 norm of {@code flat} [n]. */
  public double norm(NDArray flat) {
    try (InferenceScope scope = InferenceScope.open()) {
      return script.run(scope, "norm", flat).get(0).getDouble(); // []
    }
  }

  /**
   * One step of {@link AdamW}, in place; all tensors are [n] and of one dtype.
   *
   * @param gradient multiplied by {@code factor} first
   * @param mean first moments
   * @param square second moments
   * @param step number of this step, from 1
   * @param rate learning rate
   */
  public void adamW(
      NDArray parameters,
      NDArray gradient,
      NDArray mean,
      NDArray square,
      long step,
      double factor,
      double rate,
      AdamW.Options options) {
    try (InferenceScope scope = InferenceScope.open()) {
      script.run(
          scope,
          "update",
          List.of(parameters),
          List.of(gradient),
          List.of(mean),
          List.of(square),
          step,
          factor,
          rate,
          options.beta1(),
          options.beta2(),
          options.weightDecay(),
          options.epsilon());
    }
  }

  @Override
  public void close() {
    script.close();
  }
}
