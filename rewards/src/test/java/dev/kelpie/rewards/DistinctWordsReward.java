package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import java.util.Arrays;
import java.util.Map;

/** The share of a response's words that are different from each other; at most {@code cap}. */
public record DistinctWordsReward(Options options) implements Reward {
  public record Options(@Doc("largest reward") double cap) {
    public static final Options DEFAULTS = new Options(1);

    public Options {
      Require.within("cap", cap, 0, 1);
    }
  }

  @Override
  public Score score(Trajectory trajectory) {
    String[] words = trajectory.text().strip().split("\\s+");
    double share = (double) Arrays.stream(words).distinct().count() / words.length;
    return new Score((float) Math.min(options.cap(), share), Map.of());
  }

  @Override
  public String version() {
    return "distinct-words-1 " + options;
  }
}
