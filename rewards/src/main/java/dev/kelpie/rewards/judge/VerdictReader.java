package dev.kelpie.rewards.judge;

import dev.kelpie.rewards.remote.ChatAnswer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads verdicts, strictly: what is not clearly one is refused, so that nothing becomes a number by
 * mistake.
 */
final class VerdictReader {
  private static final Pattern TRAILING = Pattern.compile("[\\s.!,;:*_`'\"\\])}>]+\\z");
  private static final Pattern LEADING = Pattern.compile("\\A[\\s*_`'\"\\[({<]+");
  private static final Pattern NEGATION =
      Pattern.compile("(?i)(?:\\bnot|n't|\\bnever|\\bneither|\\bnor)\\s*\\z");

  private final JudgeOptions options;
  private final IntToDoubleFunction values;
  private final Pattern number;

  /** A verdict that cannot be read. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String why) {
      super(why);
    }
  }

  /**
   * @param values the value of each choice
   */
  VerdictReader(JudgeOptions options, IntToDoubleFunction values) {
    this.options = options;
    this.values = values;
    this.number = Pattern.compile(options.pattern());
  }

  /** The value of an answer. */
  double read(ChatAnswer answer) throws Unreadable {
    if (options.read() == Read.LOGPROB) {
      return expected(answer.first());
    }
    if (!answer.complete()) {
      throw new Unreadable(
          "the verdict is cut off at max-tokens = "
              + options.maxTokens()
              + ": "
              + shown(answer.text()));
    }
    return options.read() == Read.NUMBER
        ? number(answer.text())
        : values.applyAsDouble(choice(answer.text()));
  }

  private double number(String text) throws Unreadable {
    Matcher matcher = number.matcher(text);
    String found = "";
    while (matcher.find()) {
      found = String.valueOf(matcher.group(1));
    }
    double value;
    try {
      value = Double.parseDouble(found);
    } catch (NumberFormatException e) {
      throw new Unreadable("the verdict has no number: " + shown(text));
    }
    if (!(value >= options.range().get(0) && value <= options.range().get(1))) {
      throw new Unreadable(
          "the verdict " + found + " is not in range = " + options.range() + ": " + shown(text));
    }
    return value;
  }

  /** The index of the choice that the last line of {@code text} ends with. */
  private int choice(String text) throws Unreadable {
    List<String> lines = text.strip().lines().filter(line -> !line.isBlank()).toList();
    String last = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    last = LEADING.matcher(TRAILING.matcher(last).replaceAll("")).replaceAll("");
    int found = -1;
    for (int i = 0; i < options.choices().size(); i++) {
      String choice = options.choices().get(i);
      boolean longer = found < 0 || choice.length() > options.choices().get(found).length();
      if (longer && endsWith(last, choice)) {
        found = i;
      }
    }
    if (found < 0) {
      throw new Unreadable(
          "the verdict ends with none of " + options.choices() + ": " + shown(text));
    }
    String before = last.substring(0, last.length() - options.choices().get(found).length());
    before = TRAILING.matcher(LEADING.matcher(before).replaceAll("")).replaceAll("");
    if (NEGATION.matcher(before).find()) {
      throw new Unreadable("the verdict negates a choice: " + shown(text));
    }
    return found;
  }

  /** Whether a line ends with a choice as a word, upper and lower case alike for whole words. */
  private static boolean endsWith(String line, String choice) {
    int from = line.length() - choice.length();
    boolean letter = choice.length() == 1;
    return from >= 0
        && line.regionMatches(!letter, from, choice, 0, choice.length())
        && (from == 0 || !Character.isLetterOrDigit(line.charAt(from - 1)));
  }

  /** The mean value of the choices by their probabilities as first token. */
  private double expected(Map<String, Double> first) throws Unreadable {
    double sum = 0;
    double weighted = 0;
    for (Map.Entry<String, Double> token : first.entrySet()) {
      int choice = options.choices().indexOf(token.getKey().strip());
      if (choice >= 0) {
        double probability = Math.exp(token.getValue());
        sum += probability;
        weighted += probability * values.applyAsDouble(choice);
      }
    }
    if (!(sum > 0)) {
      throw new Unreadable(
          String.format(
              Locale.ROOT,
              "none of %s is among the most likely first tokens %s (expected: choices of one token"
                  + " each, which the template asks for)",
              options.choices(),
              first.keySet()));
    }
    return weighted / sum;
  }

  private static String shown(String text) {
    String line = text.strip().replaceAll("[\\s\\p{Cntrl}]+", " ");
    return line.length() > 80 ? "..." + line.substring(line.length() - 77) : line;
  }
}
