package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.util.List;
import java.util.Map;

/**
 * How much better a response is than a reference of its row, the column {@code to}: the log-odds of
 * a reward model that compares two responses. 0 for the reference itself, and of opposite sign with
 * both exchanged.
 *
 * <p>The gap reward of PIT, https://arxiv.org/abs/2310.00898, section 3. Differs: antisymmetric by
 * construction.
 */
public record GapReward(Options options) implements Reward {
  /** Options of the type {@code gap}. */
  public record Options(
      @Doc("name of the model, which compares two responses") String model,
      @Doc("column with the response to compare with") String to) {
    public static final Options DEFAULTS = new Options("", "reference");

    public Options {
      Require.that(!to.isEmpty(), "to: empty (expected: the name of a column)");
    }
  }

  public GapReward {
    ModelNumbers.requireModel("model", options.model);
  }

  private ScoreRequest request() {
    return ScoreRequest.ofGap(options.model, options.to);
  }

  @Override
  public List<ScoreRequest> requests() {
    return List.of(request());
  }

  /** Refuses a row that has nothing to compare with. */
  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    if (prompt.metadata().getOrDefault(options.to, "").isEmpty()) {
      throw new RewardException(options.to + ": none (expected: a response to compare with)");
    }
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws RewardException {
    return new Score((float) ModelNumbers.score(request(), numbers), Map.of());
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.of(options.to);
  }

  @Override
  public String version() {
    return "gap-1 " + options;
  }
}
