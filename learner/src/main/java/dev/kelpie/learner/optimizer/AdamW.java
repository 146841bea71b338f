package dev.kelpie.learner.optimizer;

import dev.kelpie.model.ParameterLayout;
import dev.kelpie.model.Parameters;

/**
 * Adam with decoupled weight decay, over all parameters in one call. With gradient g, step t and
 * rate a: {@code p -= a decay p; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= a (m / (1 -
 * b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)}.
 *
 * <p>Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101, algorithm 2. Every parameter
 * decays, norms and biases too.
 */
public final class AdamW implements AutoCloseable {
  /** Decay rates of the moments, epsilon of the divisor, weight decay. */
  public record Options(double beta1, double beta2, double epsilon, double weightDecay) {}

  private final Options options;
  private final Parameters mean;
  private final Parameters square;
  private final OptimizerScript script;
  private long step;

  private AdamW(Options options, Parameters mean, Parameters square, OptimizerScript script) {
    this.options = options;
    this.mean = mean;
    this.square = square;
    this.script = script;
  }

  /** An optimiser for parameters of this layout, its moments 0. */
  public static AdamW of(ParameterLayout layout, Options options) {
    return new AdamW(
        options, Parameters.zeros(layout), Parameters.zeros(layout), OptimizerScript.load());
  }

  /** The L2 norm over all of {@code gradients}. */
  public double norm(Parameters gradients) {
    return script.norm(gradients.flat());
  }

  /**
   * One step at the learning rate {@code rate}.
   *
   * @param gradients multiplied by {@code factor} first, in place
   */
  public void update(Parameters parameters, Parameters gradients, double factor, double rate) {
    step++;
    script.adamW(
        parameters.flat(),
        gradients.flat(),
        mean.flat(),
        square.flat(),
        step,
        factor,
        rate,
        options);
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

  /** Resumes after {@code steps} steps, whose moments the caller has restored. */
  public void resumeAt(long steps) {
    step = steps;
  }

  @Override
  public void close() {
    script.close();
    mean.close();
    square.close();
  }
}
