package dev.kelpie.runs.label;

import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * A person's answer about an item.
 *
 * @param id made by the browser: an answer that is sent again has the same
 * @param time when the answer was given, by the browser's clock
 * @param verdict of a pair {@code first}, {@code second} or {@code tie}; of one response {@code 1}
 *     to {@code 5}; {@code skip} of both
 * @param swapped whether the second response was shown on the left
 * @param millis how long the item was shown
 * @param prompt empty where texts are not kept
 * @param responses none where texts are not kept
 */
public record Label(
    String id,
    Instant time,
    String labeller,
    ItemKey item,
    String verdict,
    boolean swapped,
    String note,
    long millis,
    String promptId,
    String prompt,
    List<String> responses,
    List<Double> rewards,
    double probability)
    implements LabelEvent {
  public static final String FIRST = "first";
  public static final String SECOND = "second";
  public static final String TIE = "tie";
  public static final String SKIP = "skip";

  /** Limit of a note, in characters. */
  public static final int LONGEST_NOTE = 1000;

  private static final int LONGEST_NAME = 60;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{8,64}");
  private static final Pattern PAIR = Pattern.compile("first|second|tie|skip");
  private static final Pattern SINGLE = Pattern.compile("[1-5]|skip");

  public Label {
    id = requireId("id", id);
    labeller = requireLabeller(labeller);
    Pattern known = item.isPair() ? PAIR : SINGLE;
    if (!known.matcher(verdict).matches()) {
      throw new IllegalArgumentException(
          "verdict: "
              + shown(verdict)
              + " (expected: "
              + (item.isPair() ? "first, second, tie or skip" : "1 to 5 or skip")
              + ")");
    }
    if (note.length() > LONGEST_NOTE) {
      throw new IllegalArgumentException(
          "note: " + note.length() + " characters (expected: at most " + LONGEST_NOTE + ")");
    }
    millis = Math.max(0, millis);
    responses = List.copyOf(responses);
    rewards = List.copyOf(rewards);
  }

  /** The answer to an item as it was shown. */
  public static Label of(
      LabelItem item,
      String id,
      Instant time,
      String labeller,
      String verdict,
      boolean swapped,
      String note,
      long millis) {
    return new Label(
        id,
        time,
        labeller,
        item.key(),
        verdict,
        swapped,
        note,
        millis,
        item.promptId(),
        item.prompt(),
        item.responses(),
        item.rewards(),
        item.probability());
  }

  static String requireId(String name, String id) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          name
              + ": "
              + shown(id)
              + " (expected: 8 to 64 letters, digits, hyphens and underscores)");
    }
    return id;
  }

  /** A name without blanks around it. */
  public static String requireLabeller(String name) {
    String stripped = name.strip();
    boolean plain = stripped.chars().noneMatch(Character::isISOControl);
    if (stripped.isEmpty() || stripped.length() > LONGEST_NAME || !plain) {
      throw new IllegalArgumentException(
          "labeller: "
              + shown(stripped.replaceAll("\\p{Cntrl}", "?"))
              + " (expected: a name of 1 to "
              + LONGEST_NAME
              + " characters)");
    }
    return stripped;
  }

  private static String shown(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  /** Whether the person has not answered and does not want to be asked again. */
  public boolean skipped() {
    return verdict.equals(SKIP);
  }

  /** 1 for the first response, 0 for the second, 1/2 for a tie. */
  public OptionalDouble preference() {
    return switch (verdict) {
      case FIRST -> OptionalDouble.of(1);
      case SECOND -> OptionalDouble.of(0);
      case TIE -> OptionalDouble.of(0.5);
      default -> OptionalDouble.empty();
    };
  }

  /** The rating of one response. */
  public OptionalInt rating() {
    return item.isPair() || skipped()
        ? OptionalInt.empty()
        : OptionalInt.of(Integer.parseInt(verdict));
  }

  /** The same without prompt and responses. */
  Label withoutTexts() {
    return new Label(
        id,
        time,
        labeller,
        item,
        verdict,
        swapped,
        note,
        millis,
        promptId,
        "",
        List.of(),
        rewards,
        probability);
  }
}
