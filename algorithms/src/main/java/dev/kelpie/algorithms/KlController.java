package dev.kelpie.algorithms;

import dev.kelpie.config.Require;

/** Steers the coefficient of the KL penalty. Immutable: {@link #updated} returns the next one. */
public sealed interface KlController {
  /** The coefficient to use now. */
  double coefficient();

  /**
   * The controller after a step.
   *
   * @param kl mean KL to the reference per response, summed over its tokens, in nats
   * @param sequences number of responses in the step
   */
  KlController updated(double kl, long sequences);

  /** Adaptive when {@code target > 0}, else fixed. */
  static KlController of(double coefficient, double target, int horizon) {
    return target > 0 ? new Adaptive(coefficient, target, horizon) : new Fixed(coefficient);
  }

  /** Always the same coefficient. */
  record Fixed(double coefficient) implements KlController {
    @Override
    public KlController updated(double kl, long sequences) {
      return this;
    }
  }

  /**
   * Proportional control towards a target: {@code beta *= 1 + clip(kl / target - 1, -0.2, 0.2) n /
   * horizon}.
   *
   * <p>Ziegler et al. 2019, https://arxiv.org/abs/1909.08593, section 2.2; n counts responses.
   */
  record Adaptive(double coefficient, double target, double horizon) implements KlController {
    public Adaptive {
      Require.that(target > 0, "kl.target: %s (expected: > 0)", target);
      Require.that(horizon > 0, "kl.horizon: %s (expected: > 0)", horizon);
    }

    @Override
    public Adaptive updated(double kl, long sequences) {
      double error = Math.max(-0.2, Math.min(0.2, kl / target - 1));
      return new Adaptive(coefficient * (1 + error * sequences / horizon), target, horizon);
    }
  }
}
