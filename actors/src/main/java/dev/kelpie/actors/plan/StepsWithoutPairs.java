package dev.kelpie.actors.plan;

import dev.kelpie.experience.StepMetrics;
import java.util.Locale;
import java.util.Optional;

/**
 * Warns when ten steps in a row made no pair for a loss over pairs, and again after each further
 * ten: the weights have not changed in them.
 */
final class StepsWithoutPairs {
  private static final int MANY = 10;

  private int inARow;

  /** The warning that a step's numbers call for. */
  Optional<String> warning(StepMetrics step) {
    // Not a number where the loss is not over pairs.
    inARow = step.get("preference/pairs") == 0 ? inARow + 1 : 0;
    if (inARow == 0 || inARow % MANY != 0) {
      return Optional.empty();
    }
    if (!Double.isNaN(step.get("people/waiting"))) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "step %d: %d steps in a row had no pair with an answer, so the weights did not"
                  + " change; %.0f pairs wait (expected: people who answer on the page's Label"
                  + " view)",
              step.step(),
              inARow,
              step.get("people/waiting")));
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "step %d: %d steps in a row made no pair, so the weights did not change (expected:"
                + " responses of one prompt with different rewards that algorithm.pairing allows)",
            step.step(),
            inARow));
  }
}
