package dev.kelpie.config;

import java.util.Locale;

/**
 * The policy that KL, or the log-ratios of a loss over pairs, are measured against; used where
 * {@code algorithm.kl.coef > 0} or the loss needs it.
 */
public record ReferenceOptions(
    @Doc("how the reference follows the policy") Schedule schedule,
    @Doc("its checkpoint folder; empty: the policy's start") String path,
    @Doc("steps between two refreshes") int every,
    @Doc("share of the old reference kept per step by ema") double decay,
    @Doc("name of a model of the block models that is the reference; empty: a model of its own")
        String model,
    @Doc("variant of the prompt that the reference scores responses under; empty: the prompt")
        String variant) {
  public static final ReferenceOptions DEFAULTS =
      new ReferenceOptions(Schedule.FROZEN, "", 100, 0.99, "", "");

  public ReferenceOptions {
    Require.that(
        model.isEmpty() || path.isEmpty(),
        "path: %s (expected: none, because model = %s is the reference)",
        path,
        model);
    Require.that(
        model.isEmpty() || schedule == Schedule.FROZEN,
        "schedule: %s (expected: none given, because model = %s is the reference; its policy says"
            + " how it follows)",
        schedule.name().toLowerCase(Locale.ROOT),
        model);
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
