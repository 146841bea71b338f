package dev.kelpie.cli;

import dev.kelpie.algorithms.advantage.AdvantageEstimator;
import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.loss.ObjectiveOptions;
import dev.kelpie.algorithms.loss.PolicyLosses;
import dev.kelpie.algorithms.loss.ValueLosses;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.ExperimentText;

/** Whether the algorithm's blocks name things that exist, with options they take. */
final class AlgorithmChecks {
  private AlgorithmChecks() {}

  /** Throws {@link dev.kelpie.config.ConfigException} for the first block that is wrong. */
  static String check(Experiment experiment) {
    Experiment.Algorithm algorithm = experiment.algorithm();
    AdvantageEstimator advantage = AdvantageEstimators.catalog().create(algorithm.advantage());
    String[] common =
        ExperimentText.components(ObjectiveOptions.DEFAULTS).keySet().toArray(String[]::new);
    PolicyLosses.catalog().create(algorithm.loss(), common);
    boolean values = experiment.value().kind() != Experiment.Value.Kind.NONE;
    if (values) {
      ValueLosses.catalog().create(algorithm.valueLoss());
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
