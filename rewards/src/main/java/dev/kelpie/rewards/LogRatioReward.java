package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleNumbers;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoreRequest;
import dev.kelpie.experience.Trajectory;
import java.util.List;
import java.util.Map;

/**
 * The log-ratio of two models over the response, {@code sum_t log of(y_t) - log to(y_t)}, natural
 * logarithms at temperature 1: the implicit reward of DPO without its beta (Rafailov et al. 2023,
 * https://arxiv.org/abs/2305.18290, eq. 5). The same model twice gives 0.
 */
public record LogRatioReward(Options options) implements Reward {
  /** Options of the type {@code log-ratio}. */
  public record Options(
      @Doc("name of the model in the numerator") String of,
      @Doc("name of the model in the denominator") String to) {
    public static final Options DEFAULTS = new Options("", "");
  }

  public LogRatioReward {
    requireModel("of", options.of);
    requireModel("to", options.to);
  }

  static void requireModel(String key, String name) {
    Require.that(!name.isEmpty(), "%s: missing (expected: the name of a model)", key);
  }

  @Override
  public List<ScoreRequest> requests() {
    return List.of(ScoreRequest.ofResponse(options.of), ScoreRequest.ofResponse(options.to));
  }

  @Override
  public Score score(Trajectory trajectory) {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) {
    PerToken of = numbers.get(options.of);
    PerToken to = numbers.get(options.to);
    double sum = 0;
    for (int t = 0; t < of.length(); t++) {
      sum += (double) of.get(t) - to.get(t);
    }
    return new Score((float) sum, Map.of());
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
