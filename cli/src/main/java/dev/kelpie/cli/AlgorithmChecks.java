package dev.kelpie.cli;

import dev.kelpie.algorithms.advantage.AdvantageEstimator;
import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.loss.PolicyObjective;
import dev.kelpie.algorithms.loss.ValueObjective;
import dev.kelpie.config.Experiment;

/** Whether the algorithm's blocks name things that exist, with options they take. */
final class AlgorithmChecks {
  private AlgorithmChecks() {}

  /** Throws {@link dev.kelpie.config.ConfigException} for the first block that is wrong. */
  static String check(Experiment experiment) {
    Experiment.Algorithm algorithm = experiment.algorithm();
    AdvantageEstimator advantage = AdvantageEstimators.catalog().create(algorithm.advantage());
    PolicyObjective.of(algorithm, experiment.rollout().maxNewTokens());
    boolean values = experiment.value().kind() != Experiment.Value.Kind.NONE;
    if (values) {
      ValueObjective.of(experiment);
    } else if (advantage.needsValues()) {
      throw algorithm
          .advantage()
          .error(
              "type",
              algorithm.advantage().type().orElse(""),
              "an estimator without values, because value.kind = none");
    }
    return String.format(
        "advantage %s, loss %s, %s%s",
        algorithm.advantage().type().orElse(""),
        algorithm.loss().type().orElse(""),
        algorithm.aggregation(),
        algorithm.kl().coef() == 0
            ? ", no KL"
            : ", KL " + algorithm.kl().coef() + " " + algorithm.kl().estimator());
  }
}
