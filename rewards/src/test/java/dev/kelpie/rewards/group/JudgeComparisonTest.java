package dev.kelpie.rewards.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.rewards.Judges;
import dev.kelpie.rewards.Trajectories;
import dev.kelpie.rewards.judge.JudgeOptions;
import dev.kelpie.rewards.remote.Connections;
import dev.kelpie.rewards.remote.FakeServer;
import dev.kelpie.rewards.remote.FakeServer.Reply;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups that a scripted judge compares. */
class JudgeComparisonTest {
  private static final Pattern SHOWN = Pattern.compile("A=(\\w*) B=(\\w*)");

  @TempDir private Path folder = Path.of("");

  @Test
  void aJudgeThatAlwaysSaysTheFirstFindsExactlyOneHalf() throws Exception {
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("A"))) {
      List<RewardOutcome> outcomes = apply(server, "", "x", "yy", "zzz");
      assertThat(outcomes).allSatisfy(outcome -> assertThat(value(outcome)).isEqualTo(0.5f));
      assertThat(((RewardOutcome.Scored) outcomes.get(0)).score().parts())
          .containsEntry("compare-disagreement", 1f)
          .containsEntry("sum", 0f);
      assertThat(server.bodies()).hasSize(6); // 3 pairs, both orders
    }
  }

  @Test
  void winRatesAreThoseOfTheVerdicts() throws Exception {
    try (FakeServer server = FakeServer.start(JudgeComparisonTest::longer)) {
      assertThat(apply(server, "", "x", "zzz", "yy"))
          .extracting(JudgeComparisonTest::value)
          .containsExactly(0f, 1f, 0.5f);
      int asked = server.bodies().size();
      // the same group again, in another order, as after a resume
      assertThat(apply(server, "", "yy", "x", "zzz"))
          .extracting(JudgeComparisonTest::value)
          .containsExactly(0.5f, 0f, 1f);
      assertThat(server.bodies()).hasSize(asked);
    }
  }

  @Test
  void equalTextsAndTiesAreOneHalf() throws Exception {
    try (FakeServer server = FakeServer.start(body -> FakeServer.says("C"))) {
      assertThat(apply(server, "choices = [A, B, C]", "x", "x", "y"))
          .extracting(JudgeComparisonTest::value)
          .containsExactly(0.5f, 0.5f, 0.5f);
      assertThat(server.bodies()).hasSize(2); // x and y in both orders
    }
  }

  @Test
  void probabilitiesOfBothOrdersAreAveragedAndAddUpToOne() throws Exception {
    // A=x: .8, A=y: .4. P(x over y) = (.8 + .6) / 2 = .7
    Function<String, Reply> replies =
        body -> {
          double first = body.contains("A=x") ? 0.8 : 0.4;
          return FakeServer.first(Map.of("A", Math.log(first), "B", Math.log(1 - first)));
        };
    try (FakeServer server = FakeServer.start(replies)) {
      List<RewardOutcome> outcomes = apply(server, "read = logprob", "x", "y");
      assertThat(value(outcomes.get(0))).isCloseTo(0.7f, within(1e-6f));
      assertThat(value(outcomes.get(1))).isCloseTo(0.3f, within(1e-6f));
    }
    for (String swap : List.of("swap = true", "swap = false")) {
      try (FakeServer server = FakeServer.start(replies)) {
        Experiment experiment = experiment(server, "read = logprob, " + swap);
        try (Connections connections = Judges.connect(experiment, folder.resolve(swap))) {
          JudgeComparison judge =
              new JudgeComparison(experiment.compare().bindKnown(JudgeOptions.OF_PAIR));
          List<Trajectory> rows = rows("x", "y");
          List<GroupMember> group =
              List.of(
                  new GroupMember(0, rows.get(0), SampleNumbers.NONE),
                  new GroupMember(1, rows.get(1), SampleNumbers.NONE));
          double straight = judge.connect(connections).compare(List.of(), group).matrix().at(0, 1);
          double turned =
              judge
                  .connect(connections)
                  .compare(List.of(), List.of(group.get(1), group.get(0)))
                  .matrix()
                  .at(0, 1);
          assertThat(straight + turned).isEqualTo(1);
          assertThat(server.bodies()).hasSize(swap.endsWith("true") ? 2 : 1);
        }
      }
    }
  }

  @Test
  void aResponseWithoutVerdictsLeavesTheGroup() throws Exception {
    Function<String, Reply> replies =
        body -> body.contains("bad") ? FakeServer.says("Hm.") : longer(body);
    try (FakeServer server = FakeServer.start(replies)) {
      List<RewardOutcome> outcomes = apply(server, "", "x", "bad", "yy");
      assertThat(outcomes.get(1))
          .isEqualTo(
              new RewardOutcome.Failed("compare: the verdict ends with none of [A, B]: Hm."));
      assertThat(value(outcomes.get(0))).isEqualTo(0);
      assertThat(value(outcomes.get(2))).isEqualTo(1);
      assertThat(apply(server, "", "bad", "x"))
          .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(RewardOutcome.Failed.class));
    }
  }

  /** Prefers the longer one, wherever it is. */
  private static Reply longer(String body) {
    Matcher shown = SHOWN.matcher(body);
    assertThat(shown.find()).isTrue();
    return FakeServer.says(shown.group(1).length() > shown.group(2).length() ? "A" : "B");
  }

  private static float value(RewardOutcome outcome) {
    assertThat(outcome).isInstanceOf(RewardOutcome.Scored.class);
    return ((RewardOutcome.Scored) outcome).score().value();
  }

  private static List<Trajectory> rows(String... texts) {
    return Stream.of(texts).map(text -> Trajectories.of(text, "4")).toList();
  }

  private List<RewardOutcome> apply(FakeServer server, String options, String... texts)
      throws Exception {
    Experiment experiment = experiment(server, options);
    try (Connections connections = Judges.connect(experiment, folder)) {
      RewardOutcome scored = new RewardOutcome.Scored(new Score(0, Map.of()));
      return GroupScoring.of(experiment)
          .orElseThrow()
          .connect(connections)
          .apply(
              Collections.nCopies(texts.length, scored),
              rows(texts),
              Collections.nCopies(texts.length, SampleNumbers.NONE));
    }
  }

  private Experiment experiment(FakeServer server, String options) throws Exception {
    return Judges.experiment(
        folder,
        server,
        "Which is better? A={first} B={second}",
        "compare { type = judge, model = judge, template-path = t.txt, "
            + options
            + " }\ngroup-reward.type = win-rate\n");
  }
}
