package dev.kelpie.cli.check;

import dev.kelpie.algorithms.advantage.AdvantageEstimator;
import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.loss.policy.PolicyLoss;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.algorithms.loss.value.ValueObjective;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.ValueOptions;

/**
 * Whether the algorithm's blocks name things that exist, with options they take and all they need.
 */
final class AlgorithmChecks {
  private AlgorithmChecks() {}

  /** Throws {@link dev.kelpie.config.ConfigException} for the first block that is wrong. */
  static String check(Experiment experiment) {
    AlgorithmOptions algorithm = experiment.algorithm();
    AdvantageEstimator advantage = AdvantageEstimators.catalog().create(algorithm.advantage());
    PolicyObjective objective = PolicyObjective.of(algorithm, experiment.rollout().maxNewTokens());
    boolean values = experiment.value().kind() != ValueOptions.Kind.NONE;
    if (values) {
      ValueObjective.of(experiment);
    }
    requireFed(algorithm.advantage(), advantage, values);
    requireFed(algorithm, objective.loss());
    return String.format(
        "advantage %s, loss %s, %s%s",
        algorithm.advantage().type().orElse(""),
        algorithm.loss().type().orElse(""),
        algorithm.aggregation(),
        algorithm.kl().coef() == 0
            ? ", no KL"
            : ", KL " + algorithm.kl().coef() + " " + algorithm.kl().estimator());
  }

  /** Whether a run gives the estimator all it needs. */
  private static void requireFed(ConfigBlock block, AdvantageEstimator estimator, boolean values) {
    if (estimator.needsValues() && !values) {
      throw unfed(block, "an estimator without values, because value.kind = none");
    }
    if (estimator.needsGreedyRewards()) {
      throw unfed(block, "an estimator that needs no rewards of greedy responses: no run has them");
    }
    if (estimator.needsDistributions()) {
      throw unfed(
          block,
          "an estimator that needs no sums of squared probabilities over the vocabulary: no run"
              + " has them");
    }
  }

  /** Whether a run gives the loss all it needs. */
  private static void requireFed(AlgorithmOptions algorithm, PolicyLoss loss) {
    if (loss.needsOptimalValues()) {
      throw unfed(
          algorithm.loss(), "a loss that needs no optimal values of the prompts: no run has them");
    }
    if (loss.needsReference() && algorithm.kl().coef() == 0) {
      throw unfed(
          algorithm.loss(), "a loss without a reference policy, because algorithm.kl.coef = 0");
    }
  }

  private static ConfigException unfed(ConfigBlock block, String expectation) {
    return block.error("type", block.type().orElse(""), expectation);
  }
}
