package dev.kelpie.config;

/** Control of the entropy bonus, whose weight starts at {@code algorithm.entropy-coef}. */
public record EntropyOptions(
    @Doc(
            "mean entropy per token, in nats, at or below which the bonus acts; 0: the weight is"
                + " fixed")
        double target,
    @Doc("change of the weight after an optimizer update: up at or below the target, else down")
        double delta,
    @Doc("least weight") double min,
    @Doc("largest weight") double max) {
  public static final EntropyOptions DEFAULTS = new EntropyOptions(0, 0.005, 0, 1);

  public EntropyOptions {
    Require.atLeast("target", target, 0.0);
    Require.positive("delta", delta);
    Require.atLeast("min", min, 0.0);
    Require.that(max >= min, "max: %s (expected: at least min = %s)", max, min);
  }
}
