package dev.kelpie.learner;

import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.Require;
import dev.kelpie.config.named.ModelOptions;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks of the process reward model: an estimator needs it, its reference does not change during
 * the run, and the responses that it learns from are the policy's own samples.
 */
final class ProcessRewardChecks {
  private ProcessRewardChecks() {}

  /**
   * Checks {@code experiment}.
   *
   * @throws IllegalArgumentException for a key that another rules out, its path first
   */
  static void check(Experiment experiment) {
    ConfigBlock advantage = experiment.algorithm().advantage();
    boolean used = experiment.processReward().used();
    boolean needed =
        advantage.type().isPresent()
            && AdvantageEstimators.catalog().create(advantage).needsProcessRewards();
    String type = advantage.type().orElse("");
    if (needed && !used) {
      throw advantage.error(
          "type", type, "an estimator without process rewards, because process-reward.kind = none");
    }
    if (!used) {
      return;
    }
    Require.that(
        needed,
        "process-reward.kind: %s (expected: none, because %s)",
        KebabCase.of(experiment.processReward().kind()),
        type.isEmpty()
            ? "there is no algorithm.advantage.type"
            : "algorithm.advantage.type = " + type + " takes no process rewards");
    requireFixedReference(experiment);
    requireOwnSamples(experiment);
    Require.that(
        !experiment.iterations().branch().discard(),
        "iterations.branch.discard: true (expected: false, because process-reward.kind = implicit"
            + " trains a model that no branch gives back)");
    Require.that(
        experiment.groupReward().values().isEmpty(),
        "group-reward.type: %s (expected: none, because process-reward.kind = implicit learns from"
            + " whether a response is right)",
        experiment.groupReward().type().orElse(""));
  }

  /** A reward that is a log-ratio means the same in all steps only if its denominator does. */
  private static void requireFixedReference(Experiment experiment) {
    ReferenceOptions reference = experiment.reference();
    ModelOptions model = ModelOptions.all(experiment).get(reference.model());
    Require.that(
        reference.schedule() == ReferenceOptions.Schedule.FROZEN,
        "reference.schedule: %s (expected: frozen, because process-reward.kind = implicit measures"
            + " log-ratios to one reference)",
        KebabCase.of(reference.schedule()));
    Require.that(
        model == null || Set.of("", "initial").contains(model.policy()),
        "reference.model: %s (expected: a model that does not change during the run, because"
            + " process-reward.kind = implicit measures log-ratios to one reference)",
        reference.model());
    Require.that(
        reference.variant().isEmpty(),
        "reference.variant: %s (expected: empty, because process-reward.kind = implicit scores"
            + " responses under their own prompts)",
        reference.variant());
  }

  private static void requireOwnSamples(Experiment experiment) {
    Require.that(
        !experiment.rollout().fromFile(),
        "rollout.engine: %s (expected: djl, because process-reward.kind = implicit learns from the"
            + " policy's own samples)",
        experiment.rollout().engine());
    Require.that(
        experiment.members().isEmpty(),
        "members: %s (expected: none, because process-reward.kind = implicit learns from the"
            + " policy's own samples)",
        String.join(", ", new TreeSet<>(experiment.members().keySet())));
  }
}
