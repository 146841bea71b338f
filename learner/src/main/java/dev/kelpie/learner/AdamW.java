package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import dev.kelpie.model.ParameterLayout;
import dev.kelpie.model.Parameters;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.ScriptSource;
import dev.kelpie.tensors.TorchScript;
import java.util.List;

/**
 * Adam with decoupled weight decay, over all parameters in one call. With gradient g, step t and
 * rate a: {@code p -= a decay p; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= a (m / (1 -
 * b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)}.
 *
 * <p>Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101, algorithm 2. Every parameter
 * decays, norms and biases too.
 */
public final class AdamW implements AutoCloseable {
  /** Its numbers: decay rates of the moments, the divisor's epsilon, the weight decay. */
  public record Options(double beta1, double beta2, double epsilon, double weightDecay) {}

  private final Options options;
  private final Parameters mean;
  private final Parameters square;
  private final TorchScript script;
  private long step;

  private AdamW(Options options, Parameters mean, Parameters square, TorchScript script) {
    this.options = options;
    this.mean = mean;
    this.square = square;
    this.script = script;
  }

  /** An optimiser for parameters of this layout, its moments 0. */
  public static AdamW of(ParameterLayout layout, Options options) {
    TorchScript script =
        TorchScript.load("Optimizer", List.of(ScriptSource.resource(AdamW.class, "optimizer.py")));
    return new AdamW(options, Parameters.zeros(layout), Parameters.zeros(layout), script);
  }

  /** The L2 norm over all of {@code gradients}. */
  public double norm(Parameters gradients) {
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray norm = script.run(scope, "norm", gradients.flat()).get(0); // []
      return norm.getDouble();
    }
  }

  /**
   * One step at the learning rate {@code rate}.
   *
   * @param gradients multiplied by {@code factor} first, in place
   */
  public void update(Parameters parameters, Parameters gradients, double factor, double rate) {
    step++;
    try (InferenceScope scope = InferenceScope.open()) {
      script.run(
          scope,
          "update",
          List.of(parameters.flat()),
          List.of(gradients.flat()),
          List.of(mean.flat()),
          List.of(square.flat()),
          step,
          factor,
          rate,
          options.beta1,
          options.beta2,
          options.weightDecay,
          options.epsilon);
    }
  }

  /** Number of steps made, t. */
  public long step() {
    return step;
  }

  /** The first moments, m. */
  public Parameters mean() {
    return mean;
  }

  /** The second moments, v. */
  public Parameters square() {
    return square;
  }

  /** Goes on after {@code steps} steps, whose moments the caller has put back. */
  void resumeAt(long steps) {
    step = steps;
  }

  @Override
  public void close() {
    script.close();
    mean.close();
    square.close();
  }
}
