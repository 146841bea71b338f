package dev.kelpie.rewards.judge;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** How a judge is asked, and how its verdicts are read. */
public record JudgeOptions(
    @Doc("name of the model that judges, one with a url") String model,
    @Doc("file of the text that it is asked, with {response}, or {first} and {second}")
        String templatePath,
    @Doc("number, verdict (the choice that the answer ends with) or logprob (of the first token)")
        Read read,
    @Doc("verdicts, the best first; of two responses: the first, the second, a tie if there is one")
        List<String> choices,
    @Doc("a Java regular expression whose group 1 is the number; its last match counts")
        String pattern,
    @Doc("smallest and largest number of a verdict; others count as unreadable") List<Double> range,
    @Doc("questions of the same text whose verdicts are averaged") int votes,
    @Doc("two responses are shown in both orders, and the verdicts averaged") boolean swap,
    @Doc("none, own-answer-first or checklist: what it does before the verdict") Protocol protocol,
    @Doc("file of the text that the protocol asks first; empty: one that is built in")
        String protocolPath,
    @Doc("temperature of its answers") double temperature,
    @Doc("most tokens of an answer; 1 with logprob") int maxTokens,
    @Doc("most likely first tokens that logprob asks for") int topLogprobs) {
  /** A number, without what it is out of. */
  private static final String NUMBER =
      "(-?\\d+(?:\\.\\d+)?)(?:\\s*(?:/|out of)\\s*\\d+(?:\\.\\d+)?)?";

  /** Of one response. */
  public static final JudgeOptions OF_RESPONSE = defaults(Read.NUMBER, List.of("yes", "no"));

  /** Of two responses. */
  public static final JudgeOptions OF_PAIR = defaults(Read.VERDICT, List.of("A", "B"));

  private static JudgeOptions defaults(Read read, List<String> choices) {
    return new JudgeOptions(
        "", "", read, choices, NUMBER, List.of(0.0, 10.0), 1, true, Protocol.NONE, "", 0, 512, 20);
  }

  public JudgeOptions {
    choices = List.copyOf(choices);
    range = List.copyOf(range);
    Require.that(
        choices.size() >= 2
            && choices.stream().noneMatch(String::isBlank)
            && choices.stream().allMatch(choice -> choice.equals(choice.strip()))
            && new HashSet<>(choices).size() == choices.size(),
        "choices: %s (expected: at least two different texts, such as [\"A\", \"B\"])",
        choices);
    requirePattern(pattern);
    Require.that(
        range.size() == 2 && range.get(0) < range.get(1),
        "range: %s (expected: the smallest and the largest number, such as [0, 10])",
        range);
    Require.within("votes", votes, 1, 64);
    Require.that(
        votes == 1 || read != Read.LOGPROB,
        "votes: %s (expected: 1, because read = logprob does not sample)",
        votes);
    Require.that(
        temperature >= 0 && temperature <= 2, "temperature: %s (expected: in [0, 2])", temperature);
    Require.that(
        votes == 1 || temperature > 0,
        "temperature: %s (expected: above 0, because votes = %s)",
        temperature,
        votes);
    Require.within("max-tokens", maxTokens, 1, 32_768);
    Require.within("top-logprobs", topLogprobs, 1, 20);
    Require.that(
        protocol != Protocol.NONE || protocolPath.isEmpty(),
        "protocol-path: %s (expected: empty, because protocol = none)",
        protocolPath);
    Require.that(
        protocol != Protocol.CHECKLIST || read != Read.NUMBER,
        "read: number (expected: verdict or logprob, because protocol = checklist asks questions of"
            + " yes or no)");
  }

  private static void requirePattern(String pattern) {
    try {
      Require.that(
          Pattern.compile(pattern).matcher("").groupCount() >= 1,
          "pattern: %s (expected: a group around the number)",
          pattern);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "pattern: " + pattern + " (expected: a Java regular expression)", e);
    }
  }

  /**
   * The value of the choice at {@code index}: 1 for the first, 0 for the last, even steps between.
   */
  double value(int index) {
    return 1 - index / (double) (choices.size() - 1);
  }

  /** For two responses: 1 for the first, 0 for the second, 1/2 for every other choice. */
  double preference(int index) {
    return index == 0 ? 1 : index == 1 ? 0 : 0.5;
  }
}
