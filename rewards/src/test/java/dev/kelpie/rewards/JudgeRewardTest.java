package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.remote.FakeServer;
import dev.kelpie.rewards.remote.FakeServer.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Verdicts of scripted judges. */
class JudgeRewardTest {
  private static final String RATE = "Rate: {prompt} {response}";
  private static final Trajectory FOUR = Trajectories.of("4", "5");

  @TempDir private Path folder = Path.of("");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "8 | 8",
        "I give it 3, no: 7.5 | 7.5",
        "Score: 8/10 | 8",
        "Rating: [[6]] | 6",
        "2 out of 5 | 2",
        "**9** | 9"
      })
  void theLastNumberCounts(String answer, float value) throws Exception {
    assertThat(value(answer, "read = number")).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "yes | 1",
        "No. | 0",
        "It is right. So the verdict is: **yes** | 1",
        "Verdict: [[no]] | 0"
      })
  void theVerdictIsTheChoiceAtTheEnd(String answer, float value) throws Exception {
    assertThat(value(answer, "read = verdict")).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "read = number | good | it: prompt row-7: the verdict has no number: good",
        "read = number | 11 | it: prompt row-7: the verdict 11 is not in range = [0.0, 10.0]: 11",
        "read = verdict | maybe | it: prompt row-7: the verdict ends with none of [yes, no]: maybe",
        "read = verdict | not yes | it: prompt row-7: the verdict negates a choice: not yes",
        "read = verdict | yes or so | it: prompt row-7: the verdict ends with none of [yes, no]:"
            + " yes or so",
        "read = verdict | I know | it: prompt row-7: the verdict ends with none of [yes, no]: I"
            + " know"
      })
  void whatIsNoVerdictIsFailedAndNot0(String options, String answer, String reason)
      throws Exception {
    try (FakeServer server = FakeServer.start(body -> FakeServer.says(answer))) {
      assertThat(outcome(server, RATE, options)).isEqualTo(new RewardOutcome.Failed(reason));
    }
  }

  @Test
  void aVerdictThatIsCutOffIsFailed() throws Exception {
    // the 7 could be the beginning of anything
    Reply cut = Reply.ok(FakeServer.completion("First, 7", "length", List.of()));
    try (FakeServer server = FakeServer.start(body -> cut)) {
      assertThat(outcome(server, RATE, "read = number, max-tokens = 4"))
          .isEqualTo(
              new RewardOutcome.Failed(
                  "it: prompt row-7: the verdict is cut off at max-tokens = 4: First, 7"));
    }
  }

  @Test
  void logProbabilitiesOfTheChoicesAreTheirMeanValue() throws Exception {
    // (.6 + .1) * 1 + .2 * 0 of .9
    Map<String, Double> first =
        Map.of("yes", Math.log(0.6), " yes", Math.log(0.1), "no", Math.log(0.2), "x", -0.1);
    try (FakeServer server = FakeServer.start(body -> FakeServer.first(first))) {
      assertThat(value(outcome(server, RATE, "read = logprob"))).isCloseTo(7 / 9f, within(1e-6f));
      assertThat(server.bodies().get(0)).contains("\"max_tokens\":1,").contains("top_logprobs");
      assertThat(
              ((RewardOutcome.Failed) outcome(server, RATE, "read = logprob, choices = [P, Q]"))
                  .reason())
          .startsWith("it: prompt row-7: none of [P, Q] is among the most likely first tokens")
          .endsWith("(expected: choices of one token each, which the template asks for)");
    }
  }

  @Test
  void votesThatCanBeReadAreAveraged() throws Exception {
    // seeds 0 to 4: 8, 8, nothing, 4, nothing: 20 / 3; with one less, under half
    List<String> answers = List.of("8", "8", "?", "4", "?");
    Function<String, Reply> replies =
        body ->
            FakeServer.says(
                answers.get(Integer.parseInt(body.replaceAll(".*\"seed\":(\\d).*", "$1"))));
    try (FakeServer server = FakeServer.start(replies)) {
      RewardOutcome outcome = outcome(server, RATE, "votes = 5, temperature = 0.7");
      assertThat(value(outcome)).isCloseTo(20 / 3f, within(1e-5f));
      assertThat(((RewardOutcome.Scored) outcome).score().parts())
          .containsEntry("it/unreadable", 0.4f);
    }
    try (FakeServer server =
        FakeServer.start(body -> FakeServer.says(body.contains("seed\":1") ? "8" : "?"))) {
      assertThat(outcome(server, RATE, "votes = 2, temperature = 0.7"))
          .isEqualTo(
              new RewardOutcome.Failed(
                  "it: prompt row-7: the verdict has no number: ?; 1 of 2 votes read"));
    }
  }

  @Test
  void aJudgeThatAlwaysPrefersTheFirstPlaceFindsOneHalfOfTheReferenceAnswer() throws Exception {
    String pair = "Better? A: {first} B: {second}";
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("A"))) {
      RewardOutcome outcome = outcome(server, pair, "read = verdict, choices = [A, B]");
      assertThat(value(outcome)).isEqualTo(0.5f);
      assertThat(((RewardOutcome.Scored) outcome).score().parts())
          .containsEntry("it/disagreement", 1f);
      assertThat(server.bodies()).hasSize(2);
      assertThat(server.bodies().get(0)).contains("A: 4 B: 5");
      assertThat(server.bodies().get(1)).contains("A: 5 B: 4");
      assertThat(value(outcome(server, pair, "read = verdict, choices = [A, B], swap = false")))
          .isIn(0f, 1f);
    }
  }

  @Test
  void aChecklistIsAskedForOncePerPrompt() throws Exception {
    // yes, no, yes: 2/3
    Function<String, Reply> replies =
        body ->
            FakeServer.says(
                body.contains("Write a checklist")
                    ? "1. Is it short?\n- Is it blue?\nHere they are.\n3) Is it a number?"
                    : body.contains("blue") ? "no" : "yes");
    try (FakeServer server = FakeServer.start(replies)) {
      String options = "read = verdict, protocol = checklist";
      String template = "{response}: {question}";
      assertThat(value(outcome(server, template, options))).isCloseTo(2 / 3f, within(1e-6f));
      assertThat(server.bodies()).hasSize(4);
      Experiment experiment = experiment(server, template, options);
      Judges.outcome(experiment, folder, Trajectories.of("7", "5"));
      assertThat(server.bodies()).hasSize(7);
      assertThat(server.bodies().stream().filter(body -> body.contains("Write a"))).hasSize(1);
      assertThat(server.bodies().get(1)).contains("\"4: Is it short?\"");
    }
  }

  @Test
  void theJudgesOwnAnswerStandsInTheTemplate() throws Exception {
    List<String> asked = new ArrayList<>();
    Function<String, Reply> replies =
        body -> {
          asked.add(body);
          return FakeServer.says(body.contains("mine=") ? "9" : "forty-two\n");
        };
    try (FakeServer server = FakeServer.start(replies)) {
      RewardOutcome outcome =
          outcome(server, "mine={own} his={response}", "protocol = own-answer-first");
      assertThat(value(outcome)).isEqualTo(9);
      assertThat(asked.get(0)).contains("\"content\":\"?\"");
      assertThat(asked.get(1)).contains("mine=forty-two his=4");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Rate it | read = number | template-path: no {response} in it (expected: a text with"
            + " {response})",
        "{first} | read = verdict | template-path: no {second} in it (expected: a text with"
            + " {second})",
        "{first} {second} | read = number | read: number (expected: verdict or logprob, because the"
            + " template compares {first} and {second})",
        "{response} { | read = number | template: { (expected: a name in braces, or {{ for a"
            + " brace)",
        "{response} | read = verdict, choices = [A] | choices: [A] (expected: at least two"
            + " different texts",
        "{response} | votes = 3 | temperature: 0.0 (expected: above 0, because votes = 3)",
        "{response} | protocol = checklist, read = verdict | template-path: no {question} in it",
        "{response} | range = [3] | range: [3.0] (expected: the smallest and the largest number"
      })
  void wrongTemplatesAndOptionsAreRefused(String template, String options, String line)
      throws Exception {
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("8"))) {
      Experiment experiment = experiment(server, template, options);
      assertThatThrownBy(() -> Rewards.compose(experiment.reward())).hasMessageContaining(line);
      assertThat(server.bodies()).isEmpty();
    }
  }

  @Test
  void aRowWithoutWhatTheTemplateShowsIsRefused() throws Exception {
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("8"))) {
      Reward reward =
          Rewards.compose(experiment(server, "{response} {level} {answer}", "").reward());
      assertThat(reward.columns().includes("level")).isTrue();
      assertThat(reward.columns().includes("answer")).isFalse();
      assertThatThrownBy(() -> reward.checkAnswer(FOUR.prompt()))
          .hasMessage(
              "it: column level: none (expected: one in every row, because the template shows"
                  + " {level})");
    }
  }

  private float value(String answer, String options) throws Exception {
    try (FakeServer server = FakeServer.start(body -> FakeServer.says(answer))) {
      return value(outcome(server, RATE, options));
    }
  }

  private static float value(RewardOutcome outcome) {
    assertThat(outcome).isInstanceOf(RewardOutcome.Scored.class);
    return ((RewardOutcome.Scored) outcome).score().value();
  }

  private RewardOutcome outcome(FakeServer server, String template, String options)
      throws Exception {
    return Judges.outcome(experiment(server, template, options), folder, FOUR);
  }

  private Experiment experiment(FakeServer server, String template, String options)
      throws Exception {
    return Judges.experiment(
        folder,
        server,
        template,
        "reward.it { type = judge, model = judge, template-path = t.txt, " + options + " }\n");
  }
}
