package dev.kelpie.cli.train;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.ReadOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How many pairs a reward model ranks right, and in each subset of them: those whose chosen
 * response has the higher score. Equal scores are wrong. A pair of which one side has no finite
 * score is failed, and counted apart.
 */
final class RankedPairs {
  private final String column;
  private final Map<String, Counts> subsets = new TreeMap<>();
  private final Counts all = new Counts();

  private static final class Counts {
    private int right;
    private int pairs;
    private int failed;
    private double margins;

    void add(double margin) {
      if (!Double.isFinite(margin)) {
        failed++;
        return;
      }
      pairs++;
      right += margin > 0 ? 1 : 0;
      margins += margin;
    }

    double accuracy() {
      return (double) right / pairs;
    }

    String words() {
      double error = Math.sqrt(accuracy() * (1 - accuracy()) / pairs);
      return String.format(
          Locale.ROOT,
          "accuracy %.4f, standard error %.4f, mean margin %.4f, %d pairs%s",
          accuracy(),
          error,
          margins / pairs,
          pairs,
          failed == 0 ? "" : ", " + failed + " failed");
    }
  }

  /**
   * @param column the column that names a pair's subset; empty: there are none
   */
  RankedPairs(String column) {
    this.column = column;
  }

  /**
   * The pairs of a file, rendered and encoded for a reward model.
   *
   * @throws ConfigException when {@code file} or a row of it is wrong
   */
  static JsonlPromptSource open(
      Experiment experiment, Path file, Path rewardModel, ReadOptions options) {
    DataOptions data = experiment.data().heldOutPairs();
    Tokenizer tokenizer = Tokenizer.open(rewardModel);
    try {
      Optional<ChatTemplate> template =
          data.chat() ? ChatTemplate.open(rewardModel) : Optional.empty();
      return JsonlPromptSource.open(
          file, data, tokenizer, template, experiment.run().seed(), options);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  /**
   * Adds a pair.
   *
   * @param margin by how much the chosen response is the better one
   * @throws ConfigException when its row has no subset
   */
  void add(Prompt pair, double margin) {
    all.add(margin);
    if (!column.isEmpty()) {
      String subset = pair.metadata().get(column);
      if (subset == null) {
        throw new ConfigException(
            "--by: " + column + " (expected: a column of every row; " + pair.id() + " has none)");
      }
      subsets.computeIfAbsent(subset, name -> new Counts()).add(margin);
    }
  }

  /** Prints a line for all pairs and one for each subset. */
  void print(PrintWriter out, List<String> title) {
    out.println(String.join(" ", title) + ": " + all.words());
    subsets.forEach((name, counts) -> out.println("  " + name + ": " + counts.words()));
    if (!subsets.isEmpty()) {
      double mean =
          subsets.values().stream()
              .filter(counts -> counts.pairs > 0)
              .mapToDouble(Counts::accuracy)
              .average()
              .orElse(Double.NaN);
      out.printf(Locale.ROOT, "  mean of the subsets: accuracy %.4f%n", mean);
    }
    out.flush();
  }
}
