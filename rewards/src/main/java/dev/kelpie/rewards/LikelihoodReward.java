package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How likely a model finds fixed texts after prompt and response: the mean of the log-probabilities
 * of the {@code positive} ones minus the mean of those of the {@code negative} ones. Follow-up
 * Likelihood as Reward, https://arxiv.org/abs/2409.13948: the follow-up of a user shows whether a
 * response was good. Natural logarithms; a text's log-probability is the sum over its tokens. Equal
 * sets give 0.
 */
public record LikelihoodReward(Options options) implements Reward {
  /** Options of the type {@code likelihood}. */
  public record Options(
      @Doc("name of the model") String model,
      @Doc("texts that follow a good response") List<String> positive,
      @Doc("texts that follow a bad response") List<String> negative) {
    public static final Options DEFAULTS = new Options("", List.of(), List.of());

    public Options {
      positive = List.copyOf(positive);
      negative = List.copyOf(negative);
      requireTexts("positive", positive);
      requireTexts("negative", negative);
    }

    private static void requireTexts(String key, List<String> texts) {
      Require.that(
          texts.stream().noneMatch(String::isEmpty),
          "%s: %s (expected: no empty continuation)",
          key,
          texts);
    }
  }

  public LikelihoodReward {
    LogRatioReward.requireModel("model", options.model);
    Require.that(
        !options.positive.isEmpty() || !options.negative.isEmpty(),
        "positive: [] (expected: at least one text, here or in negative)");
  }

  @Override
  public List<ScoreRequest> requests() {
    return Stream.concat(options.positive.stream(), options.negative.stream())
        .distinct()
        .map(this::request)
        .toList();
  }

  private ScoreRequest request(String text) {
    return ScoreRequest.ofFollowUp(options.model, text);
  }

  @Override
  public Score score(Trajectory trajectory) {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) {
    double value = mean(options.positive, numbers) - mean(options.negative, numbers);
    return new Score((float) value, Map.of());
  }

  private double mean(List<String> texts, SampleNumbers numbers) {
    return texts.stream()
        .mapToDouble(text -> numbers.get(request(text).name()).sum())
        .average()
        .orElse(0);
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "likelihood-1 " + options;
  }
}
