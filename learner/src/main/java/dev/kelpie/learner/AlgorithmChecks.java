package dev.kelpie.learner;

import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.advantage.AdvantageEstimator;
import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.algorithms.loss.value.ValueObjective;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.Require;
import dev.kelpie.config.ValueOptions;
import java.util.Locale;

/**
 * Checks of an experiment's algorithm: its blocks name members of the catalogs, with options they
 * take, and the run gives each member all it needs.
 */
public final class AlgorithmChecks {
  private AlgorithmChecks() {}

  /**
   * Checks {@code experiment}; the algorithm in one line.
   *
   * @throws dev.kelpie.config.ConfigException for a block that is wrong
   * @throws IllegalArgumentException for a key that another rules out, its path first
   */
  public static String check(Experiment experiment) {
    AlgorithmOptions algorithm = experiment.algorithm();
    Require.oneOf("algorithm.aggregation", algorithm.aggregation(), Aggregation.Mode.labels());
    AdvantageEstimator estimator = AdvantageEstimators.catalog().create(algorithm.advantage());
    PolicyObjective objective = PolicyObjective.of(algorithm, experiment.rollout().maxNewTokens());
    boolean values = experiment.value().kind() != ValueOptions.Kind.NONE;
    if (values) {
      ValueObjective.of(experiment);
    }
    String advantage = algorithm.advantage().type().orElse("");
    String loss = algorithm.loss().type().orElse("");
    Require.that(
        experiment.rollout().groupSize() > 1 || !estimator.comparesWithinGroup(),
        "rollout.group-size: %s (expected: at least 2, because algorithm.advantage.type = %s"
            + " compares responses of one prompt)",
        experiment.rollout().groupSize(),
        advantage);
    Require.that(
        values || !estimator.needsValues(),
        "value.kind: none (expected: separate or shared, because algorithm.advantage.type = %s)",
        advantage);
    Require.that(
        values || !objective.loss().needsValues(),
        "value.kind: none (expected: separate or shared, because algorithm.loss.type = %s)",
        loss);
    if (objective.loss().needsReference() && algorithm.kl().coef() == 0) {
      throw algorithm
          .loss()
          .error("type", loss, "a loss without a reference policy, because algorithm.kl.coef = 0");
    }
    return String.format(
        Locale.ROOT,
        "advantage %s, loss %s, %s%s",
        advantage,
        loss,
        algorithm.aggregation(),
        algorithm.kl().coef() == 0
            ? ", no KL"
            : ", KL " + algorithm.kl().coef() + " " + algorithm.kl().estimator());
  }
}
