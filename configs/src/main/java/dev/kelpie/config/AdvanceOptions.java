package dev.kelpie.config;

import java.util.OptionalDouble;

/** What becomes of the policy's weights at the end of an iteration, before they are published. */
public record AdvanceOptions(
    @Doc("copy: as trained; extrapolate: beyond; average: with the iteration's start") Type type,
    @Doc(
            "extrapolate: length beyond, in moves since the last iteration; average: share of the"
                + " start")
        OptionalDouble alpha,
    @Doc("the policy's optimiser after it: keep its moments, or reset them") Optimizer optimizer) {
  public static final AdvanceOptions DEFAULTS =
      new AdvanceOptions(Type.COPY, OptionalDouble.empty(), Optimizer.KEEP);

  /** How an iteration's weights are made of the trained ones. */
  public enum Type {
    COPY,
    EXTRAPOLATE,
    AVERAGE
  }

  /** What becomes of the optimiser's moments. */
  public enum Optimizer {
    KEEP,
    RESET
  }

  public AdvanceOptions {
    String name = KebabCase.of(type);
    if (type == Type.COPY) {
      Require.that(
          alpha.isEmpty(),
          "alpha: %s (expected: none, because type = copy)",
          alpha.orElse(Double.NaN));
    } else {
      Require.that(alpha.isPresent(), "alpha: none (expected: a number, because type = %s)", name);
      double most = type == Type.AVERAGE ? 1 : Double.MAX_VALUE;
      Require.that(
          alpha.getAsDouble() >= 0 && alpha.getAsDouble() <= most,
          "alpha: %s (expected: %s, because type = %s)",
          alpha.getAsDouble(),
          type == Type.AVERAGE ? "in [0, 1]" : "at least 0",
          name);
    }
  }
}
