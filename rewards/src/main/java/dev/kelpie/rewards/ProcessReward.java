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

/**
 * What a process reward model says of the steps of a response: of the probabilities that each step
 * is right, the smallest, the product, the last or the mean.
 *
 * <p>Lightman et al. 2023, https://arxiv.org/abs/2305.20050, section 2.6 and appendix F.
 */
public record ProcessReward(Options options) implements Reward {
  /** What is made of the probabilities of the steps. */
  enum Reduce {
    MIN,
    PRODUCT,
    LAST,
    MEAN
  }

  /** Options of the type {@code process}. */
  public record Options(
      @Doc("name of the model, a process reward model") String model,
      @Doc("text between steps, and behind the last one, as in its training") String separator,
      @Doc("min, product, last or mean of the steps' probabilities") Reduce reduce) {
    public static final Options DEFAULTS = new Options("", "\n", Reduce.MIN);

    public Options {
      Require.that(!separator.isEmpty(), "separator: empty (expected: a text)");
    }
  }

  public ProcessReward {
    ModelNumbers.requireModel("model", options.model);
  }

  private ScoreRequest request() {
    return ScoreRequest.ofSteps(options.model, options.separator);
  }

  @Override
  public List<ScoreRequest> requests() {
    return List.of(request());
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws RewardException {
    PerToken steps = ModelNumbers.scoreTerms(request(), numbers);
    double value = options.reduce == Reduce.MEAN ? steps.sum() / steps.length() : 1;
    for (float step : steps.toArray()) {
      value =
          switch (options.reduce) {
            case MIN -> Math.min(value, step);
            case PRODUCT -> value * step;
            case LAST -> step;
            case MEAN -> value;
          };
    }
    return new Score((float) value, Map.of("steps", (float) steps.length()));
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "process-1 " + options;
  }
}
