package dev.kelpie.learner.reward;

import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.algorithms.score.UserLoss;
import dev.kelpie.algorithms.score.UserNumbers;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.score.ScoredSequence;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How rows of {@code data.form} pairs or turns become pairs that a reward model learns from.
 *
 * @param loss names the columns that are kept
 * @param variant of the prompts; empty: the prompts themselves
 * @param sourceColumn names the source of a pair; empty: sources are not told apart
 * @param strength what is done with weak pairs
 * @param pad the model's padding token
 */
public record PairReading(
    ScoreLoss loss,
    String variant,
    String sourceColumn,
    RewardModelOptions.Strength strength,
    int pad) {
  /** That of an experiment. */
  public static PairReading of(Experiment experiment, ScoreLoss loss, int pad) {
    RewardModelOptions options = experiment.rewardModel();
    return new PairReading(
        loss, options.variant(), options.sourceColumn(), options.strength(), pad);
  }

  /** The columns of the file that a pair of training needs. */
  public Set<String> columns() {
    Set<String> all = new TreeSet<>(loss.columns());
    if (strength.used()) {
      all.removeAll(MeasuredPairs.COLUMNS);
    }
    userColumn().ifPresent(all::add);
    if (!sourceColumn.isEmpty()) {
      all.add(sourceColumn);
    }
    return all;
  }

  /** The column of the user, where the loss tells users apart. */
  public Optional<String> userColumn() {
    return loss.ofUsers().map(UserLoss::numbers).map(UserNumbers::column);
  }

  /** The pair of a row that nobody trains on, without the numbers of a loss and the source. */
  ScorePair heldOut(Prompt row) {
    return pair(row, "", Map.of());
  }

  /**
   * The pair of a row.
   *
   * @throws ConfigException if a column is missing or has no number that the loss takes
   */
  ScorePair training(Prompt row) {
    Map<String, Double> numbers = new TreeMap<>();
    for (String column : loss.columns()) {
      numbers.put(column, number(row, column));
    }
    String source =
        sourceColumn.isEmpty()
            ? ""
            : name(row, "reward-model.source-column", sourceColumn, "source");
    boolean turned = strength.used() && MeasuredPairs.turned(row);
    return pair(turned ? turned(row) : row, source, numbers);
  }

  /** The row with the other response as the better one. */
  private static Prompt turned(Prompt row) {
    return new Prompt(
        row.id(),
        row.text(),
        row.tokens(),
        row.answer(),
        row.metadata(),
        List.of(row.responses().get(1), row.responses().get(0)),
        row.variants());
  }

  private ScorePair pair(Prompt row, String source, Map<String, Double> numbers) {
    Prompt shown = row.under(variant);
    TokenIds chosen = shown.responses().get(0).tokens();
    TokenIds rejected = shown.responses().get(1).tokens();
    return new ScorePair(
        row.id(),
        ScoredSequence.of(shown.tokens(), chosen, pad),
        ScoredSequence.of(shown.tokens(), rejected, pad),
        chosen.length(),
        rejected.length(),
        userColumn().map(column -> name(row, "reward-model.loss", column, "user")).orElse(""),
        source,
        numbers);
  }

  private static String name(Prompt row, String key, String column, String what) {
    String name = row.metadata().getOrDefault(column, "");
    if (name.isEmpty()) {
      throw wrong(key, column, "missing", "the name of a " + what, row);
    }
    return name;
  }

  private double number(Prompt row, String column) {
    String key = "reward-model.loss";
    String text = row.metadata().get(column);
    if (text == null) {
      throw wrong(key, column, "missing", "a number", row);
    }
    double value;
    try {
      value = Double.parseDouble(text.strip());
    } catch (NumberFormatException e) {
      throw wrong(key, column, text, "a number", row);
    }
    String expectation = loss.expectation(column, value);
    if (!expectation.isEmpty()) {
      throw wrong(key, column, text, expectation, row);
    }
    return value;
  }

  private static ConfigException wrong(
      String key, String column, String found, String expected, Prompt row) {
    return new ConfigException(
        String.format(
            Locale.ROOT,
            "%s: column %s: %s (expected: %s in row %s)",
            key,
            column,
            found,
            expected,
            row.id()));
  }
}
