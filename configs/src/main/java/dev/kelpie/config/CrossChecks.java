package dev.kelpie.config;

/**
 * Checks across the blocks of an {@link Experiment}, but for those that depend on what a catalog
 * holds: modules above this one have the catalogs.
 */
final class CrossChecks {
  private CrossChecks() {}

  static void minibatchesDivideRows(RolloutOptions rollout, LearnerOptions learner) {
    long rows = (long) rollout.promptsPerStep() * rollout.groupSize();
    Require.that(
        rows % learner.minibatches() == 0,
        "learner.minibatches: %s (expected: a divisor of rollout.prompts-per-step %s x"
            + " rollout.group-size %s = %s responses)",
        learner.minibatches(),
        rollout.promptsPerStep(),
        rollout.groupSize(),
        rows);
  }

  static void referenceIsThere(ReferenceOptions reference, AlgorithmOptions algorithm) {
    Require.that(
        algorithm.kl().coef() == 0 || reference.schedule() != ReferenceOptions.Schedule.NONE,
        "reference.schedule: none (expected: frozen, refresh, ema or previous, because"
            + " algorithm.kl.coef = %s)",
        algorithm.kl().coef());
  }

  static void decayHasLength(LearnerOptions learner) {
    Require.that(
        !learner.schedule().equals("wsd") || learner.decaySteps() > 0,
        "learner.decay-steps: %s (expected: at least 1, because learner.schedule = wsd)",
        learner.decaySteps());
  }
}
