package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code -abs(number - answer)} for the last number that a regular expression finds in the
 * response, at least {@code -worst}; {@code -worst} where it finds none. For verdicts that are
 * better the nearer they are to a gold score. A prompt without a numeric answer cannot be judged.
 */
public final class DistanceReward implements Reward {
  private final Options options;
  private final Pattern pattern;

  /** Options of the type {@code distance}. */
  public record Options(
      @Doc("a Java regular expression whose group 1 is the response's number") String pattern,
      @Doc("largest distance that counts, and that of a response without a number") double worst,
      @Doc("a response cut off by the length limit has no number") boolean requireStop) {
    public static final Options DEFAULTS = new Options("(-?\\d+(?:\\.\\d+)?)", 10, true);

    public Options {
      Require.positive("worst", worst);
      Require.that(
          Patterns.compile("pattern", pattern).matcher("").groupCount() >= 1,
          "pattern: %s (expected: a group around the number)",
          pattern);
    }
  }

  public DistanceReward(Options options) {
    this.options = options;
    this.pattern = Patterns.compile("pattern", options.pattern());
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    double gold = gold(trajectory.prompt());
    double distance = options.worst();
    if (Answers.stopped(trajectory) || !options.requireStop()) {
      Matcher matcher = Patterns.matcher(pattern, trajectory.text());
      while (matcher.find()) {
        distance = Math.min(options.worst(), distanceOf(matcher.group(1), gold));
      }
    }
    return new Score((float) -distance, Map.of());
  }

  private double distanceOf(String found, double gold) {
    try {
      return Math.abs(Double.parseDouble(found.strip()) - gold);
    } catch (NumberFormatException e) {
      return options.worst();
    }
  }

  private static double gold(Prompt prompt) throws RewardException {
    String answer = prompt.answer().orElse("");
    try {
      double number = Double.parseDouble(answer.strip());
      if (Double.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw new RewardException(
        "prompt " + prompt.id() + ": answer " + answer + " (expected: a number)");
  }

  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    gold(prompt);
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "distance-1 " + options;
  }
}
