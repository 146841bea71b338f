package dev.kelpie.learner.reward;

import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.algorithms.score.UserLoss;
import dev.kelpie.algorithms.score.UserNumbers;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.score.ScoredSequence;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A pair of responses that a reward model learns from.
 *
 * @param id of its row
 * @param chosen the better response with its prompt, up to the token whose score counts
 * @param rejected the worse one
 * @param chosenLength tokens of the better response, its end included
 * @param rejectedLength tokens of the worse one
 * @param user who prefers the better one, where the loss tells users apart; else empty
 * @param numbers what the loss reads, by column
 */
record ScorePair(
    String id,
    ScoredSequence chosen,
    ScoredSequence rejected,
    int chosenLength,
    int rejectedLength,
    String user,
    Map<String, Double> numbers) {
  ScorePair {
    numbers = Map.copyOf(numbers);
  }

  /**
   * The pair of a row that nobody trains on, without the numbers of a loss.
   *
   * @param variant of the prompt; empty: the prompt itself
   * @param loss of the training; names the column of the user
   */
  static ScorePair heldOut(Prompt row, String variant, ScoreLoss loss, int pad) {
    return of(row.under(variant), Map.of(), user(row, loss), pad);
  }

  /**
   * The pair of a row.
   *
   * @param row of {@code data.form} pairs or turns
   * @param variant of the prompt; empty: the prompt itself
   * @param loss names the columns that are kept
   * @param pad the model's padding token
   * @throws ConfigException if a column is missing or has no number that the loss takes
   */
  static ScorePair of(Prompt row, String variant, ScoreLoss loss, int pad) {
    Map<String, Double> numbers = new TreeMap<>();
    for (String column : loss.columns()) {
      numbers.put(column, number(row, column, loss));
    }
    return of(row.under(variant), numbers, user(row, loss), pad);
  }

  private static ScorePair of(Prompt row, Map<String, Double> numbers, String user, int pad) {
    TokenIds chosen = row.responses().get(0).tokens();
    TokenIds rejected = row.responses().get(1).tokens();
    return new ScorePair(
        row.id(),
        ScoredSequence.of(row.tokens(), chosen, pad),
        ScoredSequence.of(row.tokens(), rejected, pad),
        chosen.length(),
        rejected.length(),
        user,
        numbers);
  }

  /** Whether the model sees the same on both sides, so that nothing can be learned. */
  boolean equal() {
    return chosen.equals(rejected);
  }

  private static String user(Prompt row, ScoreLoss loss) {
    Optional<String> column = loss.ofUsers().map(UserLoss::numbers).map(UserNumbers::column);
    if (column.isEmpty()) {
      return "";
    }
    String user = row.metadata().getOrDefault(column.get(), "");
    if (user.isEmpty()) {
      throw wrong(column.get(), "missing", "the name of a user", row);
    }
    return user;
  }

  private static double number(Prompt row, String column, ScoreLoss loss) {
    String text = row.metadata().get(column);
    if (text == null) {
      throw wrong(column, "missing", "a number", row);
    }
    double value;
    try {
      value = Double.parseDouble(text.strip());
    } catch (NumberFormatException e) {
      throw wrong(column, text, "a number", row);
    }
    String expectation = loss.expectation(column, value);
    if (!expectation.isEmpty()) {
      throw wrong(column, text, expectation, row);
    }
    return value;
  }

  private static ConfigException wrong(String column, String found, String expected, Prompt row) {
    return new ConfigException(
        String.format(
            Locale.ROOT,
            "reward-model.loss: column %s: %s (expected: %s in row %s)",
            column,
            found,
            expected,
            row.id()));
  }
}
