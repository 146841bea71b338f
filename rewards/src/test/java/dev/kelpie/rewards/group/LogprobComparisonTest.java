package dev.kelpie.rewards.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.rewards.Trajectories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Judges that are models of the run, by the log-probabilities of their choices. */
class LogprobComparisonTest {
  private static final String COMPARE =
      "compare { type = judge, model = me, template-path = pair.txt, read = logprob },"
          + " group-reward.type = win-rate, reward.it { type = length }";

  @TempDir private Path folder = Path.of("");

  private Experiment experiment(String text) throws IOException {
    Files.writeString(folder.resolve("pair.txt"), "{{{prompt}}} {first} or {second}: \n");
    Files.writeString(folder.resolve("one.txt"), "Is {response} good?\n");
    Path file =
        Files.writeString(
            folder.resolve("x.conf"),
            "data.path = d, policy.path = p, models.me.policy = current\n" + text);
    return ExperimentFiles.load(file, List.of()).experiment();
  }

  private static PerToken logs(double... probabilities) {
    float[] logs = new float[probabilities.length];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = (float) Math.log(probabilities[i]);
    }
    return PerToken.of(logs);
  }

  private static Trajectory response(int sample, String text) {
    Trajectory made = Trajectories.of(text, "4");
    return new Trajectory(
        new SampleId(made.id().group(), sample, 0),
        made.prompt(),
        made.response(),
        text,
        made.rolloutLogprobs(),
        made.sampledLogprobs(),
        made.versions(),
        made.finishReason(),
        made.origin(),
        made.sampling());
  }

  private static List<RewardOutcome> apply(
      Experiment experiment, List<RewardOutcome> own, List<String> texts, List<PerToken> numbers)
      throws InterruptedException {
    GroupScoring scoring = GroupScoring.of(experiment).orElseThrow();
    String name = scoring.requests().get(0).name();
    List<Trajectory> responses = new ArrayList<>();
    List<SampleNumbers> computed = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      responses.add(response(i, texts.get(i)));
      computed.add(new SampleNumbers(Map.of(name, numbers.get(i))));
    }
    return scoring.apply(own, responses, computed);
  }

  private static final RewardOutcome SCORED = new RewardOutcome.Scored(new Score(0, Map.of()));

  private static Score score(RewardOutcome outcome) {
    assertThat(outcome).isInstanceOf(RewardOutcome.Scored.class);
    return ((RewardOutcome.Scored) outcome).score();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"label.type = compared", "label { type = people, fallback.type = compared }"})
  void bothOrdersAreAveragedAndSharesAreThoseOfTheChoicesAlone(String label) throws Exception {
    Experiment experiment =
        experiment(COMPARE + ", algorithm { preset = online-dpo, " + label + " }");
    // x before y: A .2, B .1 of the vocabulary, so 2/3; y before x: A .3, B .1, so 3/4 for y.
    // P(x over y) = (2/3 + 1/4) / 2 = 11/24
    List<RewardOutcome> outcomes =
        apply(
            experiment,
            List.of(SCORED, SCORED),
            List.of("x", "y"),
            List.of(logs(0.2, 0.1), logs(0.3, 0.1)));
    Score x = score(outcomes.get(0));
    Score y = score(outcomes.get(1));
    assertThat((double) x.value()).isCloseTo(11 / 24.0, within(1e-7));
    assertThat((double) y.value()).isCloseTo(13 / 24.0, within(1e-7));
    assertThat(x.parts().get("against: 1")).isEqualTo(x.value());
    assertThat(y.parts().get("against: 0")).isEqualTo(y.value());
    // |2/3 - 1/4|
    assertThat(x.parts())
        .hasEntrySatisfying(
            "compare-disagreement",
            found -> assertThat((double) found).isCloseTo(5 / 12.0, within(1e-7)));
  }

  @Test
  void whoAlwaysPrefersTheFirstPlaceFindsHalfAndEqualTextsAreHalf() throws Exception {
    PerToken first = logs(0.9, 0.1, 0.9, 0.1);
    PerToken none = PerToken.of(Float.NaN, Float.NaN, (float) Math.log(0.9), (float) Math.log(0.1));
    List<RewardOutcome> outcomes =
        apply(
            experiment(COMPARE),
            List.of(SCORED, SCORED, SCORED),
            List.of("x", "x", "y"),
            List.of(none, none, first));
    for (RewardOutcome outcome : outcomes) {
      assertThat(score(outcome).value()).isEqualTo(0.5f);
      assertThat(score(outcome).parts().keySet()).noneMatch(part -> part.startsWith("against"));
    }
  }

  @Test
  void placesAreThoseOfTheWholeGroupWhenAResponseFailed() throws Exception {
    PerToken beats = logs(0.5, 0.5, 0.9, 0.1); // the numbers of the failed one say nothing
    PerToken loses = logs(0.2, 0.8, 0.5, 0.5);
    List<RewardOutcome> outcomes =
        apply(
            experiment(COMPARE),
            List.of(SCORED, new RewardOutcome.Failed("no"), SCORED),
            List.of("x", "bad", "y"),
            List.of(beats, PerToken.empty(), loses));
    // x over y: (.9 + .8) / 2
    assertThat((double) score(outcomes.get(0)).value()).isCloseTo(0.85, within(1e-7));
    assertThat(outcomes.get(1)).isEqualTo(new RewardOutcome.Failed("no"));
  }

  @Test
  void aTextBeyondTheModelsPositionsTakesItsResponseOut() throws Exception {
    PerToken out = PerToken.constant(Float.NaN, 4);
    PerToken left = PerToken.of(-1, -2, Float.NaN, Float.NaN);
    List<RewardOutcome> outcomes =
        apply(
            experiment(COMPARE),
            List.of(SCORED, SCORED, SCORED),
            List.of("x", "y", "long"),
            List.of(left, left, out));
    assertThat(outcomes.get(2))
        .isEqualTo(
            new RewardOutcome.Failed(
                "compare: no verdict of me (expected: a filled template within its positions)"));
    assertThat(score(outcomes.get(0)).value() + score(outcomes.get(1)).value()).isEqualTo(1);
  }

  @Test
  void aResponseIsJudgedByTheMeanValueOfTheChoices() throws Exception {
    Experiment experiment =
        experiment(
            "reward.it { type = judge, model = me, template-path = one.txt, read = logprob, choices"
                + " = [good, fair, bad] }");
    Reward reward = Rewards.compose(experiment);
    ScoreRequest request = reward.requests().get(0);
    assertThat(request.prefix()).isEqualTo("Is {response} good?");
    assertThat(request.choices()).containsExactly("good", "fair", "bad");
    assertThat(request.ofPairs()).isFalse();
    // (.3 + .1 / 2) / .5
    SampleNumbers numbers = new SampleNumbers(Map.of(request.name(), logs(0.3, 0.1, 0.1)));
    assertThat((double) reward.score(response(0, "x"), numbers).value())
        .isCloseTo(0.7, within(1e-6));
    SampleNumbers none = new SampleNumbers(Map.of(request.name(), PerToken.constant(Float.NaN, 3)));
    assertThatThrownBy(() -> reward.score(response(0, "x"), none))
        .hasMessage(
            "it: prompt row-7: no verdict of me (expected: a filled template within its"
                + " positions)");
  }

  @Test
  void aResponseIsComparedWithTheAnswerInBothOrders() throws Exception {
    Experiment experiment =
        experiment(
            "reward.it { type = judge, model = me, template-path = pair.txt, read = logprob,"
                + " choices = [A, B] }");
    Reward reward = Rewards.compose(experiment);
    assertThat(reward.requests())
        .extracting(ScoreRequest::prefix)
        .containsExactly(
            "{{{prompt}}} {response} or {answer}: ", "{{{prompt}}} {answer} or {response}: ");
    SampleNumbers numbers =
        new SampleNumbers(
            Map.of(
                reward.requests().get(0).name(), logs(0.6, 0.4),
                reward.requests().get(1).name(), logs(0.3, 0.7)));
    assertThat((double) reward.score(response(0, "x"), numbers).value())
        .isCloseTo(0.65, within(1e-6));
    assertThat(reward.score(response(0, "4"), numbers).value()).isEqualTo(0.5f);
  }
}
