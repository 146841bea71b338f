package dev.kelpie.learner.reward;

import dev.kelpie.algorithms.score.PairStrength;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.learner.scoring.Classifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * Rows of pairs with what several reward models say of them: {@code strength} and {@code spread},
 * see {@link PairStrength}, and {@code soft-label}, the probability that the chosen response is the
 * better one. The strength of a weak pair that is turned round is that of the turned pair.
 */
public final class MeasuredPairs implements PromptSource {
  /** The columns, which take the places of those that the rows have under these names. */
  static final Set<String> COLUMNS = Set.of("strength", "spread", "soft-label");

  private static final String TURNED = "strength turned"; // no name that a column of a loss has
  private static final int ROWS_AT_ONCE = 256;

  private final PromptSource rows;
  private final RewardModelOptions.Strength options;
  private final List<PairStrength> strengths;
  private final Summary summary;

  /**
   * What the models say of all pairs.
   *
   * @param weights the SHA-256 of the weights of each model
   * @param mean of the strengths
   * @param spread mean of the spreads
   * @param weak pairs below the threshold
   */
  public record Summary(List<String> weights, double mean, double spread, int weak) {
    public Summary {
      weights = List.copyOf(weights);
    }
  }

  private MeasuredPairs(
      PromptSource rows,
      RewardModelOptions.Strength options,
      List<PairStrength> strengths,
      Summary summary) {
    this.rows = rows;
    this.options = options;
    this.strengths = List.copyOf(strengths);
    this.summary = summary;
  }

  /**
   * Scores all pairs by each of the models, one after the other.
   *
   * @param folders of the models
   * @throws ConfigException if a folder has no reward model, or a pair is too long for one
   */
  public static MeasuredPairs of(Experiment experiment, PromptSource rows, List<Path> folders) {
    int count = Math.toIntExact(rows.size());
    double[][] differences = new double[count][folders.size()];
    List<String> weights = new ArrayList<>();
    for (int model = 0; model < folders.size(); model++) {
      try (Classifier classifier =
          Classifier.open(experiment, folders.get(model), OptionalInt.empty())) {
        for (int from = 0; from < count; from += ROWS_AT_ONCE) {
          List<Prompt> some = new ArrayList<>();
          for (int row = from; row < Math.min(count, from + ROWS_AT_ONCE); row++) {
            some.add(rows.at(row));
          }
          double[] margins = classifier.margins(some);
          for (int i = 0; i < margins.length; i++) {
            requireNumber(margins[i], folders.get(model), some.get(i));
            differences[from + i][model] = margins[i];
          }
        }
      }
      weights.add(RewardModelFile.weights(folders.get(model)));
    }
    List<PairStrength> all = new ArrayList<>();
    for (double[] own : differences) {
      all.add(PairStrength.of(own));
    }
    return of(rows, experiment.rewardModel().strength(), all, weights);
  }

  /** The same with strengths that are known, one for each row. */
  static MeasuredPairs of(
      PromptSource rows,
      RewardModelOptions.Strength options,
      List<PairStrength> all,
      List<String> weights) {
    double mean = all.stream().mapToDouble(PairStrength::mean).average().orElse(Double.NaN);
    double spread = all.stream().mapToDouble(PairStrength::spread).average().orElse(Double.NaN);
    int weak = (int) all.stream().filter(pair -> pair.mean() < options.below()).count();
    return new MeasuredPairs(rows, options, all, new Summary(weights, mean, spread, weak));
  }

  private static void requireNumber(double margin, Path folder, Prompt row) {
    if (!Double.isFinite(margin)) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "reward-model.strength.models: %s scores row %s with %s (expected: a finite number;"
                  + " prompt and response must fit its positions)",
              folder,
              row.id(),
              margin));
    }
  }

  /** Whether the pair of a row is trained on with its responses turned round. */
  static boolean turned(Prompt row) {
    return row.metadata().containsKey(TURNED);
  }

  /** What the models say of all pairs. */
  public Summary summary() {
    return summary;
  }

  @Override
  public long size() {
    return rows.size();
  }

  @Override
  public Prompt at(long position) {
    Prompt row = rows.at(position);
    PairStrength strength = strengths.get((int) (position % strengths.size()));
    boolean weak = strength.mean() < options.below();
    boolean turned = weak && options.flip();
    Map<String, String> columns = new TreeMap<>(row.metadata());
    columns.put("strength", Double.toString(turned ? -strength.mean() : strength.mean()));
    columns.put("spread", Double.toString(strength.spread()));
    columns.put("soft-label", Double.toString(weak && !turned ? options.label() : 1));
    if (turned) {
      columns.put(TURNED, "true");
    }
    return new Prompt(
        row.id(), row.text(), row.tokens(), row.answer(), columns, row.responses(), row.variants());
  }
}
