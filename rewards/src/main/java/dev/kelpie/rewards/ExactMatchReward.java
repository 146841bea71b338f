package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;

/**
 * 1 if the response is the prompt's answer, else 0. White space around either does not count. A
 * prompt without an answer cannot be judged.
 */
public record ExactMatchReward(Options options) implements Reward {
  /** Options of the type {@code exact-match}. */
  public record Options(@Doc("letters are equal whatever their case") boolean ignoreCase) {
    public static final Options DEFAULTS = new Options(false);
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    String answer = Answers.of(trajectory);
    String response = trajectory.text().strip();
    return Answers.score(
        options.ignoreCase() ? response.equalsIgnoreCase(answer) : response.equals(answer));
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "exact-match-1 " + options;
  }
}
