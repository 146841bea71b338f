package dev.kelpie.example;

import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.RewardProvider;

/** Makes {@code type = word-count} known to experiment files. */
public final class WordCountProvider implements RewardProvider<WordCountReward.Options> {
  @Override
  public String name() {
    return "word-count";
  }

  @Override
  public WordCountReward.Options defaultOptions() {
    return WordCountReward.Options.DEFAULTS;
  }

  @Override
  public Reward create(WordCountReward.Options options) {
    return new WordCountReward(options);
  }
}
