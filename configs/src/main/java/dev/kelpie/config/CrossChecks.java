package dev.kelpie.config;

import java.util.List;
import java.util.Set;

/** Checks across the blocks of an {@link Experiment}. */
final class CrossChecks {
  static final List<String> AGGREGATIONS =
      List.of(
          "token-mean",
          "token-sum",
          "seq-mean-token-sum",
          "seq-mean-token-mean",
          "seq-mean-token-sum-norm",
          "prompt-mean");

  private static final Set<String> COMPARE_WITHIN_GROUP =
      Set.of(
          "grpo",
          "dr-grpo",
          "rloo",
          "reinforce-plus-plus-baseline",
          "opo",
          "gpg",
          "maxrl",
          "pass-k",
          "gdpo");

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

  static void groupsAreLargeEnough(RolloutOptions rollout, AlgorithmOptions algorithm) {
    String type = algorithm.advantage().type().orElse("");
    Require.that(
        rollout.groupSize() > 1 || !COMPARE_WITHIN_GROUP.contains(type),
        "rollout.group-size: %s (expected: at least 2, because algorithm.advantage.type = %s"
            + " compares responses of one prompt)",
        rollout.groupSize(),
        type);
  }

  static void valuesAreThere(ValueOptions value, AlgorithmOptions algorithm) {
    boolean needed = algorithm.advantage().type().orElse("").equals("gae");
    Require.that(
        !needed || value.kind() != ValueOptions.Kind.NONE,
        "value.kind: none (expected: separate or shared, because algorithm.advantage.type = gae)");
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
