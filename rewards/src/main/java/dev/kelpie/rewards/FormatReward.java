package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import java.util.regex.Pattern;

/**
 * 1 if the whole response has a given form, else 0; the answer does not matter. The default form is
 * that of DeepSeek-R1 (https://arxiv.org/abs/2501.12948, section 2.2.2): thoughts, then the answer,
 * each in its tags.
 */
public final class FormatReward implements Reward {
  private final Options options;
  private final Pattern pattern;

  /** Options of the type {@code format}. */
  public record Options(
      @Doc("a Java regular expression that the whole response must match") String pattern,
      @Doc("a response cut off by the length limit gets 0") boolean requireStop) {
    public static final Options DEFAULTS =
        new Options("(?s)\\s*<think>.*?</think>\\s*<answer>.*?</answer>\\s*", false);

    public Options {
      Patterns.compile("pattern", pattern);
    }
  }

  public FormatReward(Options options) {
    this.options = options;
    this.pattern = Patterns.compile("pattern", options.pattern());
  }

  @Override
  public Score score(Trajectory trajectory) {
    boolean ended = Answers.stopped(trajectory) || !options.requireStop();
    return Answers.score(ended && Patterns.matcher(pattern, trajectory.text()).matches());
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "format-1 " + options;
  }
}
