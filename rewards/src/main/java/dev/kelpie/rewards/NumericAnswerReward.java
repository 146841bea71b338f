package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * 1 if the number that the response arrives at equals the answer's, else 0: word problems in the
 * manner of GSM8K (https://arxiv.org/abs/2110.14168), whose answers end in {@code #### 1,234}.
 *
 * <p>The answer's number is the one behind its last {@code marker}, or its last number where it has
 * no marker. {@code $}, {@code %} and commas between thousands do not count; {@code 18.0} equals
 * {@code 18}. A prompt whose answer has no number cannot be judged.
 */
public record NumericAnswerReward(Options options) implements Reward {
  /** A minus counts unless it follows a digit, a letter or a bracket, as in {@code 7-3}. */
  private static final Pattern NUMBER =
      Pattern.compile(
          "(?:(?<![\\w)\\]])[-\u2212]\\s?)?\\$?\\s?(?:\\d{1,3}(?:,\\d{3})+(?!\\d)(?:\\.\\d+)?|\\d+(?:\\.\\d+)?|(?<!\\d)\\.\\d+)");

  /** Options of the type {@code numeric-answer}. */
  public record Options(
      @Doc("where the response's number is looked for") Where where,
      @Doc("what stands before the final number") String marker,
      @Doc("largest difference that still counts as equal") double tolerance,
      @Doc("a response cut off by the length limit gets 0") boolean requireStop) {
    public static final Options DEFAULTS = new Options(Where.ANYWHERE, "####", 0, false);

    public Options {
      Require.that(!marker.isEmpty(), "marker: empty (expected: a text such as ####)");
      Require.atLeast("tolerance", tolerance, 0.0);
    }
  }

  /** Where a response's number is looked for. */
  public enum Where {
    /** The first number behind the last marker. */
    MARKER,
    /** The last number inside the last <code>\boxed{...}</code>. */
    BOXED,
    /** The last number. */
    LAST,
    /** Behind the marker if there is one, else in a box if there is one, else the last. */
    ANYWHERE
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    String answer = Answers.of(trajectory);
    BigDecimal wanted =
        behindMarker(answer)
            .or(() -> last(answer))
            .orElseThrow(
                () ->
                    new RewardException(
                        "prompt " + trajectory.prompt().id() + ": no number in its answer"));
    if (options.requireStop() && !Answers.stopped(trajectory)) {
      return Answers.score(false);
    }
    return Answers.score(found(trajectory.text()).filter(n -> equal(n, wanted)).isPresent());
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "numeric-answer-1 " + options;
  }

  private Optional<BigDecimal> found(String text) {
    return switch (options.where()) {
      case MARKER -> behindMarker(text);
      case BOXED -> boxed(text);
      case LAST -> last(text);
      case ANYWHERE ->
          text.contains(options.marker()) ? behindMarker(text) : boxed(text).or(() -> last(text));
    };
  }

  private Optional<BigDecimal> behindMarker(String text) {
    int marker = text.lastIndexOf(options.marker());
    if (marker < 0) {
      return Optional.empty();
    }
    Matcher matcher = NUMBER.matcher(text.substring(marker + options.marker().length()));
    return matcher.find() ? Optional.of(parse(matcher.group())) : Optional.empty();
  }

  private static Optional<BigDecimal> boxed(String text) {
    int box = text.lastIndexOf("\\boxed{");
    int end = text.indexOf('}', Math.max(box, 0));
    return box < 0 || end < 0 ? Optional.empty() : last(text.substring(box, end));
  }

  private static Optional<BigDecimal> last(String text) {
    Matcher matcher = NUMBER.matcher(text);
    Optional<BigDecimal> last = Optional.empty();
    while (matcher.find()) {
      last = Optional.of(parse(matcher.group()));
    }
    return last;
  }

  private static BigDecimal parse(String number) {
    return new BigDecimal(number.replaceAll("[$,\\s]", "").replace('\u2212', '-'));
  }

  private boolean equal(BigDecimal a, BigDecimal b) {
    return a.subtract(b).abs().compareTo(BigDecimal.valueOf(options.tolerance())) <= 0;
  }
}
