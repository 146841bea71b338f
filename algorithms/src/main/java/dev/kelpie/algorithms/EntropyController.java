package dev.kelpie.algorithms;

/**
 * Steers the coefficient of the entropy bonus towards a target entropy: after each optimizer update
 * it grows by {@code delta} where the mean entropy per token was at or below the target, else it
 * falls by {@code delta}. The bonus acts only where the last entropy was at or below the target.
 * Immutable: {@link #updated} returns the next one.
 *
 * <p>Skywork-OR1, https://arxiv.org/abs/2505.22312, section 4.3, as TRL has it.
 *
 * @param coefficient the coefficient, whether it acts or not
 * @param entropy mean entropy per token of the last update, in nats; infinite before the first
 * @param target entropy to steer to, in nats; 0 keeps the coefficient, which then always acts
 * @param delta change of the coefficient
 * @param min least coefficient
 * @param max largest coefficient
 */
public record EntropyController(
    double coefficient, double entropy, double target, double delta, double min, double max) {
  /** A controller before the first update. */
  public static EntropyController start(
      double coefficient, double target, double delta, double min, double max) {
    return new EntropyController(coefficient, Double.POSITIVE_INFINITY, target, delta, min, max);
  }

  /** Whether the coefficient moves. */
  public boolean adaptive() {
    return target > 0;
  }

  /** The coefficient of the next update's bonus. */
  public double applied() {
    return !adaptive() || entropy <= target ? coefficient : 0;
  }

  /** The controller after an update with {@code mean} nats of entropy per token. */
  public EntropyController updated(double mean) {
    if (!adaptive() || Double.isNaN(mean)) {
      return this;
    }
    double moved =
        mean <= target ? Math.min(coefficient + delta, max) : Math.max(coefficient - delta, min);
    return with(moved, mean);
  }

  /** The same with the state of a checkpoint. */
  public EntropyController with(double known, double last) {
    return new EntropyController(known, last, target, delta, min, max);
  }
}
