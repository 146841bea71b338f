package dev.kelpie.config;

/** A soft length penalty, which is taken off the reward of responses that are trained on. */
public record OverlongOptions(
    @Doc("share of rollout.max-new-tokens, before the limit, over which the penalty grows; 0: none")
        double share,
    @Doc("what a response at the limit loses") double penalty) {
  public static final OverlongOptions DEFAULTS = new OverlongOptions(0, 1);

  public OverlongOptions {
    Require.within("share", share, 0, 1);
    Require.atLeast("penalty", penalty, 0.0);
  }
}
