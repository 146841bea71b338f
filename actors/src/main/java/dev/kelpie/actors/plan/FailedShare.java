package dev.kelpie.actors.plan;

import dev.kelpie.experience.StepMetrics;
import java.util.Locale;
import java.util.Optional;

/**
 * Warns of steps in which more than 5 % of the responses have no reward: at the first one, and
 * again when the share has doubled since the last warning.
 */
final class FailedShare {
  private static final double MOST = 0.05;

  private double reported = MOST / 2;

  /** The warning that a step's numbers call for. */
  Optional<String> warning(StepMetrics step) {
    double failed = step.get("reward/failed");
    double all = failed + step.get("data/responses");
    double share = failed / all;
    // Not a number where the learner counted neither.
    if (!(share > MOST) || share < 2 * reported) {
      return Optional.empty();
    }
    reported = share;
    return Optional.of(
        String.format(
            Locale.ROOT,
            "step %d: %.0f of %.0f responses have no reward (%.0f %%): they count as failed and are"
                + " not trained on; 5 %% are usual at most",
            step.step(),
            failed,
            all,
            100 * share));
  }
}
