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

/**
 * The score of one of several reward models: of the one whose turn the step is. Models that differ
 * in their variant of the prompt are one model in memory that reads other principles from a step on
 * (SALMON, https://arxiv.org/abs/2310.05910, section 3.3: principles are edited during the training
 * to steer the reward). The part {@code version} is the model's place in the list, from 1. An
 * evaluation of the weights after a step is scored as that step is.
 */
public record ByStepReward(Options options) implements Reward {
  private static final String VERSION = "version";

  /** Options of the type {@code by-step}. */
  public record Options(
      @Doc("names of the models, classifiers, in the order of their turns") List<String> models,
      @Doc("first step of each model's turn; 1 for the first model") List<Long> from) {
    public static final Options DEFAULTS = new Options(List.of(), List.of());

    public Options {
      models = List.copyOf(models);
      from = List.copyOf(from);
      Require.that(
          models.size() == from.size(),
          "from: %s (expected: a step for each of the %s models)",
          from,
          models.size());
      boolean rises = from.isEmpty() || from.get(0) == 1;
      for (int i = 1; i < from.size(); i++) {
        rises &= from.get(i) > from.get(i - 1);
      }
      Require.that(rises, "from: %s (expected: 1, and then later and later steps)", from);
    }
  }

  public ByStepReward {
    Require.that(
        options.models.size() >= 2,
        "models: %s (expected: at least two names of the block models; one model is the type"
            + " model)",
        options.models);
    options.models.forEach(model -> ModelNumbers.requireModel("models", model));
  }

  @Override
  public List<ScoreRequest> requests() {
    return options.models.stream().distinct().map(ScoreRequest::ofScore).toList();
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws RewardException {
    long step = Math.max(1, trajectory.id().group().step());
    int turn = (int) options.from.stream().filter(first -> first <= step).count();
    ScoreRequest request = ScoreRequest.ofScore(options.models.get(turn - 1));
    return new Score((float) ModelNumbers.score(request, numbers), Map.of(VERSION, (float) turn));
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "by-step-1 " + options;
  }
}
