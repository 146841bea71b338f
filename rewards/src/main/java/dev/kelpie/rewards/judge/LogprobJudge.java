package dev.kelpie.rewards.judge;

import dev.kelpie.config.Require;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * A judge that is a model of the run, a checkpoint or an iterate of the policy. Its verdict is read
 * from the log-probabilities of the choices as next token after the filled template: {@code v =
 * sum_c softmax(log p)_c value_c}, over the choices alone. With two choices that is the probability
 * of the first. Two texts are shown in both orders where {@code swap} is set, and {@code P(first
 * better) = (v(first, second) + 1 - v(second, first)) / 2}, so that a judge that always prefers the
 * first place finds exactly 1/2.
 */
public final class LogprobJudge {
  private final Judge judge;
  private final List<ScoreRequest> requests;

  private LogprobJudge(Judge judge, boolean ofGroup) {
    this.judge = judge;
    this.requests =
        judge.comparesPairs() && !ofGroup
            ? List.of(request(shown("response", "answer")), request(shown("answer", "response")))
            : List.of(request(judge.template().toString()));
  }

  private static JudgeOptions checked(JudgeOptions options) {
    Require.that(
        options.read() == Read.LOGPROB,
        "read: %s (expected: logprob, because %s is no model of a server: it writes nothing)",
        options.read().name().toLowerCase(Locale.ROOT),
        options.model());
    Require.that(
        options.protocol() == Protocol.NONE,
        "protocol: %s (expected: none, because %s is no model of a server: it writes nothing)",
        options.protocol().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        options.model());
    Require.that(
        options.temperature() == 0,
        "temperature: %s (expected: 0, because %s is no model of a server: nothing is sampled)",
        options.temperature(),
        options.model());
    Require.that(
        options.choices().stream().noneMatch(choice -> choice.contains("\n")),
        "choices: %s (expected: no line break in them)",
        options.choices());
    return options;
  }

  /**
   * The judge of one response, by itself or against the reference answer.
   *
   * @throws IllegalArgumentException for options or templates that are wrong, the key first
   */
  public static LogprobJudge ofResponse(JudgeOptions options) {
    return new LogprobJudge(Judge.ofResponse(checked(options)), false);
  }

  /**
   * The judge of the responses of a group, pair by pair.
   *
   * @throws IllegalArgumentException for options or templates that are wrong, the key first
   */
  public static LogprobJudge ofGroup(JudgeOptions options) {
    return new LogprobJudge(Judge.ofPair(checked(options)), true);
  }

  /** The judge as it is shown. */
  public Judge judge() {
    return judge;
  }

  /** What models have to compute for its verdicts. */
  public List<ScoreRequest> requests() {
    return requests;
  }

  /** The text with the response and the reference answer in two places. */
  private String shown(String first, String second) {
    Map<String, String> names = Map.of("first", first, "second", second);
    return judge.template().renamed(name -> names.getOrDefault(name, name)).toString();
  }

  /** The text without the line break that ends its file. */
  private ScoreRequest request(String template) {
    String text = template.endsWith("\n") ? template.substring(0, template.length() - 1) : template;
    JudgeOptions options = judge.options();
    String name = Judge.sha256(text + '\0' + options.choices()).substring(0, 16);
    return ScoreRequest.ofChoices(name, options.model(), text, options.choices());
  }

  /**
   * The verdict on one response whose {@link #requests} were computed; none where a text was longer
   * than the model's positions.
   */
  public Optional<Verdict> verdict(Trajectory response, SampleNumbers numbers) {
    if (requests.size() == 1) {
      double value = value(requests.get(0), numbers, 0, judge.options()::value);
      return known(new Verdict(value, 0, 0));
    }
    String answer = response.prompt().answer().orElse("");
    return preference(
        response.text(),
        answer,
        value(requests.get(0), numbers, 0, judge.options()::preference),
        value(requests.get(1), numbers, 0, judge.options()::preference));
  }

  /**
   * The probability that {@code first} is the better of two responses of a group whose {@link
   * #requests} were computed; none where a text was longer than the model's positions.
   *
   * @param secondPlace place of the second among the responses of the group without the first
   * @param firstPlace place of the first among the responses of the group without the second
   */
  public Optional<Verdict> compare(
      Trajectory first,
      SampleNumbers ofFirst,
      int secondPlace,
      Trajectory second,
      SampleNumbers ofSecond,
      int firstPlace) {
    ScoreRequest request = requests.get(0);
    return preference(
        first.text(),
        second.text(),
        value(request, ofFirst, secondPlace, judge.options()::preference),
        value(request, ofSecond, firstPlace, judge.options()::preference));
  }

  /** Of two texts, from what is said of each order. */
  private Optional<Verdict> preference(
      String first, String second, double straight, double swapped) {
    if (first.equals(second)) {
      return Optional.of(new Verdict(0.5, 0, 0));
    }
    if (judge.options().swap()) {
      double turned = 1 - swapped;
      return known(new Verdict((straight + turned) / 2, 0, Math.abs(straight - turned)));
    }
    boolean inOrder = Judge.inOrder(first, second);
    return known(new Verdict(inOrder ? straight : 1 - swapped, 0, 0));
  }

  private static Optional<Verdict> known(Verdict verdict) {
    return Double.isFinite(verdict.value()) ? Optional.of(verdict) : Optional.empty();
  }

  /** The mean value of the choices after the text at {@code place}. */
  private double value(
      ScoreRequest request, SampleNumbers numbers, int place, IntToDoubleFunction values) {
    PerToken all = numbers.get(request.name());
    int choices = judge.options().choices().size();
    double[] logprobs =
        IntStream.range(0, choices).mapToDouble(c -> all.get(place * choices + c)).toArray();
    double highest = Double.NEGATIVE_INFINITY;
    for (double logprob : logprobs) {
      highest = Math.max(highest, logprob);
    }
    double sum = 0;
    double weighted = 0;
    for (int c = 0; c < choices; c++) {
      double share = Math.exp(logprobs[c] - highest);
      sum += share;
      weighted += share * values.applyAsDouble(c);
    }
    return weighted / sum;
  }
}
