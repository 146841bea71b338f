package dev.kelpie.learner.token;

import dev.kelpie.experience.PerToken;
import dev.kelpie.learner.rows.StepRows;
import java.util.Set;

/**
 * Gives every token of a response a number: a weight in the loss, a weight in the KL, a reward.
 *
 * <p>To add one: a file that implements this and one line in {@link TokenRules}.
 */
public interface TokenRule {
  /** The numbers of the tokens of {@code row}. */
  PerToken numbers(int row, StepRows rows);

  /** Numbers by name that {@link StepRows} must have. */
  default Set<String> names() {
    return Set.of();
  }

  /** Whether it reads the text of tokens. */
  default boolean readsText() {
    return false;
  }
}
