package dev.kelpie.config;

import java.util.Collection;
import java.util.Set;

/** Checkpoints, from which a run is resumed. */
public record CheckpointOptions(
    @Doc("steps between two checkpoints; 0: only at the end") int every,
    @Doc("how many of the latest are kept") int keep,
    @Doc(
            "metric of the evaluations by which the best checkpoint is kept beside them, such as"
                + " eval/reward/mean; empty: none")
        String best,
    @Doc("which value of that metric is better: max or min") Goal goal) {
  public static final CheckpointOptions DEFAULTS = new CheckpointOptions(20, 2, "", Goal.MAX);

  public CheckpointOptions {
    Require.atLeast("every", every, 0);
    Require.atLeast("keep", keep, 1);
  }

  /**
   * Checks that evaluations during the run write the metric of the best checkpoint.
   *
   * @param rewards names of the rewards
   * @param scorers names of the scorers that are only evaluated
   */
  void requireMeasured(EvalOptions eval, Collection<String> rewards, Collection<String> scorers) {
    if (best.isEmpty()) {
      return;
    }
    Require.that(
        eval.every() > 0,
        "checkpoint.best: %s (expected: empty, because eval.every = 0 measures no checkpoint but"
            + " the last)",
        best);
    Set<String> names = eval.metricNames(rewards, scorers);
    Require.that(
        names.contains(best),
        "checkpoint.best: %s (expected: %s)",
        best,
        NearestName.expectation(best, names));
  }
}
