package dev.kelpie.algorithms;

import dev.kelpie.config.Require;

/**
 * Steers the coefficient of the KL penalty by proportional control towards a target: {@code beta *=
 * 1 + clip(kl / target - 1, -0.2, 0.2) n / horizon}. Immutable: {@link #updated} returns the next
 * one.
 *
 * <p>Ziegler et al. 2019, https://arxiv.org/abs/1909.08593, section 2.2; n counts responses.
 *
 * @param coefficient the coefficient to use now
 * @param target KL per response to steer to, in nats; 0 keeps the coefficient
 * @param horizon responses over which the coefficient moves
 */
public record KlController(double coefficient, double target, double horizon) {
  public KlController {
    Require.that(target >= 0, "kl.target: %s (expected: >= 0)", target);
    Require.that(horizon > 0, "kl.horizon: %s (expected: > 0)", horizon);
  }

  /**
   * The controller after a step.
   *
   * @param kl mean KL to the reference per response, summed over its tokens, in nats
   * @param sequences number of responses in the step
   */
  public KlController updated(double kl, long sequences) {
    if (target == 0) {
      return this;
    }
    double error = Math.max(-0.2, Math.min(0.2, kl / target - 1));
    return new KlController(coefficient * (1 + error * sequences / horizon), target, horizon);
  }
}
