package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * 1 if a group of a regular expression, found in the response, is the prompt's answer, else 0. A
 * prompt without an answer cannot be judged.
 *
 * <p>{@code pattern = "=(\\d{1,3})\\z"} wants {@code =} and the answer at the very end ({@code $}
 * would allow a line break behind it).
 */
public final class RegexReward implements Reward {
  private final Options options;
  private final Pattern pattern;

  /** Options of the type {@code regex}. */
  public record Options(
      @Doc("a Java regular expression; a part of the response must match") String pattern,
      @Doc("number of the group that holds the answer; 0: the whole match") int group,
      @Doc("which of several matches counts") Match match,
      @Doc("a response cut off by the length limit gets 0") boolean requireStop) {
    public static final Options DEFAULTS = new Options("(-?\\d+(?:\\.\\d+)?)", 1, Match.LAST, true);

    public Options {
      int groups = Patterns.compile("pattern", pattern).matcher("").groupCount();
      Require.that(
          group >= 0 && group <= groups,
          "group: %s (expected: in [0, %s], the groups of %s)",
          group,
          groups,
          pattern);
    }
  }

  /** Which match counts. */
  public enum Match {
    FIRST,
    LAST
  }

  public RegexReward(Options options) {
    this.options = options;
    this.pattern = Patterns.compile("pattern", options.pattern());
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    String answer = Answers.of(trajectory);
    if (options.requireStop() && !Answers.stopped(trajectory)) {
      return Answers.score(false);
    }
    Matcher matcher = Patterns.matcher(pattern, trajectory.text());
    String found = "";
    boolean any = false;
    while (matcher.find() && !(any && options.match() == Match.FIRST)) {
      String group = matcher.group(options.group());
      any = true;
      found = group == null ? "" : group.strip();
    }
    return Answers.score(any && found.equals(answer));
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "regex-1 " + options;
  }
}
