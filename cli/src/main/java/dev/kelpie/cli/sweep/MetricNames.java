package dev.kelpie.cli.sweep;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.file.LoadedExperiment;
import java.util.Optional;
import java.util.Set;

/**
 * Checks the metric that a sweep compares by. The names of evaluations follow from the experiment
 * and are checked before the first run; all others are known when the first run has written a step.
 */
final class MetricNames {
  private static final String EVAL = "eval/";

  private MetricNames() {}

  /**
   * Refuses a metric that looks like one of an evaluation and is none.
   *
   * @throws ConfigException names the nearest
   */
  static void require(SweepFile sweep, LoadedExperiment loaded) {
    String metric = sweep.options().metric();
    Experiment experiment = loaded.experiment();
    if (metric.startsWith(EVAL)
        && experiment.eval().path().isEmpty()
        && experiment.eval().pairsPath().isEmpty()) {
      throw error(sweep, "a metric of training such as reward/mean, because eval.path is empty");
    }
    if (metric.startsWith(EVAL + "greedy/") && !experiment.eval().greedy()) {
      throw error(sweep, "a metric without greedy/, because eval.greedy = false");
    }
    Set<String> known =
        experiment.eval().metricNames(experiment.reward().keySet(), experiment.heldOut().keySet());
    Optional<String> nearest =
        known.contains(metric) ? Optional.empty() : NearestName.of(metric, known);
    if (nearest.isPresent()) {
      throw error(sweep, nearest.get() + "? one of " + String.join(", ", known));
    }
  }

  /**
   * What is wrong with the metric, when a run has written {@code names}.
   *
   * @param finished whether the run can write no further names
   */
  static Optional<ConfigException> problem(SweepFile sweep, Set<String> names, boolean finished) {
    String metric = sweep.options().metric();
    if (names.contains(metric) || names.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> nearest = NearestName.of(metric, names);
    return nearest.isPresent() || finished
        ? Optional.of(
            error(
                sweep,
                nearest
                    .map(name -> name + "?")
                    .orElse("a number of metrics.jsonl: one of " + String.join(", ", names))))
        : Optional.empty();
  }

  private static ConfigException error(SweepFile sweep, String expectation) {
    return sweep.block().error("metric", sweep.options().metric(), expectation);
  }
}
