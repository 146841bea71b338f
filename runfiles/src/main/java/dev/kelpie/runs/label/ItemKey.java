package dev.kelpie.runs.label;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names what a person is asked about: two responses to one prompt, or one response.
 *
 * @param first number of the response within its group; of a pair the lower number
 * @param second the other response, or {@link #NONE}
 * @param texts start of the SHA-256 of prompt and responses: a step that is done anew may have
 *     others under the same numbers
 */
public record ItemKey(long step, int group, int first, int second, String texts) {
  /** The second number of one response alone. */
  public static final int NONE = -1;

  private static final Pattern FORM =
      Pattern.compile("(\\d{1,18})/(\\d{1,9})/(\\d{1,9})(?:/(\\d{1,9}))?:([0-9a-f]{16})");

  public ItemKey {
    boolean valid = step >= 0 && group >= 0 && first >= 0 && (second == NONE || second > first);
    if (!valid || !texts.matches("[0-9a-f]{16}")) {
      throw new IllegalArgumentException(
          "item: " + text(step, group, first, second, texts) + " (expected: " + EXPECTED + ")");
    }
  }

  private static final String EXPECTED = "STEP/PROMPT/RESPONSE:HASH or STEP/PROMPT/ONE/OTHER:HASH";

  /**
   * Reads {@link #toString}.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static ItemKey parse(String text) {
    Matcher matched = FORM.matcher(text);
    if (!matched.matches()) {
      throw new IllegalArgumentException(
          "item: " + shortened(text) + " (expected: " + EXPECTED + ")");
    }
    return new ItemKey(
        Long.parseLong(matched.group(1)),
        Integer.parseInt(matched.group(2)),
        Integer.parseInt(matched.group(3)),
        matched.group(4) == null ? NONE : Integer.parseInt(matched.group(4)),
        matched.group(5));
  }

  private static String shortened(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  /** Whether it names two responses. */
  public boolean isPair() {
    return second != NONE;
  }

  @Override
  public String toString() {
    return text(step, group, first, second, texts);
  }

  private static String text(long step, int group, int first, int second, String texts) {
    return step + "/" + group + "/" + first + (second == NONE ? "" : "/" + second) + ":" + texts;
  }
}
