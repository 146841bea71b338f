package dev.kelpie.example;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.RewardException;
import java.util.Map;

/**
 * Rewards a given number of words: 1 for exactly that number, falling linearly to 0 at no words and
 * at twice the number. A response without words cannot be judged.
 */
final class WordCountReward implements Reward {
  private final Options options;

  /** Keys of the reward's block, in kebab-case. */
  record Options(@Doc("how many words are wanted") int words) {
    static final Options DEFAULTS = new Options(20);

    Options {
      Require.atLeast("words", words, 1);
    }
  }

  WordCountReward(Options options) {
    this.options = options;
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    String text = trajectory.text().strip();
    if (text.isEmpty()) {
      throw new RewardException("prompt " + trajectory.prompt().id() + ": an empty response");
    }
    int words = text.split("\\s+").length;
    double distance = Math.abs(words - options.words()) / (double) options.words();
    return new Score((float) Math.max(0, 1 - distance), Map.of("words", (float) words));
  }

  @Override
  public String version() {
    return "word-count-1 " + options;
  }
}
