package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The log-ratio of two models over the response, {@code sum_t log of(y_t) - log to(y_t)}, natural
 * logarithms at temperature 1: the implicit reward of DPO without its beta (Rafailov et al. 2023,
 * https://arxiv.org/abs/2305.18290, eq. 5). The same model twice gives 0. Without a model in the
 * denominator it is the log-probability alone; averaged over tokens it is the likelihood that CREAM
 * ranks by where it has no reference, https://arxiv.org/abs/2410.12735.
 */
public record LogRatioReward(Options options) implements Reward {
  /** Options of the type {@code log-ratio}. */
  public record Options(
      @Doc("name of the model in the numerator") String of,
      @Doc("name of the model in the denominator; empty: none, the log-probability alone")
          String to,
      @Doc("averaged over the response's tokens, not summed") boolean average) {
    public static final Options DEFAULTS = new Options("", "", false);
  }

  public LogRatioReward {
    requireModel("of", options.of);
  }

  static void requireModel(String key, String name) {
    Require.that(!name.isEmpty(), "%s: missing (expected: the name of a model)", key);
  }

  @Override
  public List<ScoreRequest> requests() {
    return Stream.of(options.of, options.to)
        .filter(name -> !name.isEmpty())
        .map(ScoreRequest::ofResponse)
        .toList();
  }

  @Override
  public Score score(Trajectory trajectory) {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) {
    PerToken of = numbers.get(options.of);
    boolean alone = options.to.isEmpty();
    double sum = alone ? of.sum() : of.sum() - numbers.get(options.to).sum();
    int tokens = Math.max(1, of.length());
    return new Score((float) (options.average ? sum / tokens : sum), Map.of());
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "log-ratio-1 " + options;
  }
}
