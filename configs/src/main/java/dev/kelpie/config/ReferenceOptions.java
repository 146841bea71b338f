package dev.kelpie.config;

/**
 * The policy that KL, or the log-ratios of a loss over pairs, are measured against; used where
 * {@code algorithm.kl.coef > 0} or the loss needs it.
 */
public record ReferenceOptions(
    @Doc("how the reference follows the policy") Schedule schedule,
    @Doc("its checkpoint folder; empty: the policy's start") String path,
    @Doc("steps between two refreshes") int every,
    @Doc("share of the old reference kept per step by ema") double decay) {
  public static final ReferenceOptions DEFAULTS =
      new ReferenceOptions(Schedule.FROZEN, "", 100, 0.99);

  public ReferenceOptions {
    Require.atLeast("every", every, 1);
    Require.within("decay", decay, 0, 1);
  }

  /** How a reference follows the policy. */
  public enum Schedule {
    NONE,
    FROZEN,
    REFRESH,
    EMA,
    PREVIOUS;

    /** Whether published versions change the reference. */
    public boolean moves() {
      return this != NONE && this != FROZEN;
    }
  }
}
