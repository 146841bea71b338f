package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.h;
import static dev.kelpie.cli.methods.Numbers.known;
import static dev.kelpie.cli.methods.Numbers.ls;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Methods whose stages differ, and those that score under another context. */
final class StageMethods {
  private static final Weights START = Weights.ofTheStart();

  static final List<Method> ALL =
      List.of(
          Method.of(
              "weak-to-strong",
              StageMethods::weakToStrong,
              "rollout.prompts-per-step=15",
              "iterations.stages=[{until = 1, set { algorithm.loss.type = chosen-sft } }]"),
          Method.of("grath", StageMethods::gradual, "rollout.group-size=1"),
          Method.of("long-po", StageMethods::shortToLong));

  private StageMethods() {}

  private static void weakToStrong(MethodRuns runs) {
    Recorded run = runs.whole();
    Map<String, JsonNode> rows = MethodRuns.rows("weak.jsonl");
    int right = 0;
    int kept = 0;
    for (long step = 1; step <= 2; step++) {
      Set<String> expected = new HashSet<>();
      for (TrajectoryGroup group : run.samples(step).groups()) {
        JsonNode row = known(rows.get(group.members().get(0).trajectory().prompt().text()));
        long agree =
            group.members().stream()
                .filter(one -> one.trajectory().text().endsWith("=" + row.path("answer").asText()))
                .count();
        if (agree > 0 && agree < group.members().size()) {
          expected.add(row.path("prompt").asText());
        }
      }
      Set<String> paired = new HashSet<>();
      for (TrainedPair pair : run.pairs(step)) {
        Trajectory chosen = run.response(step, pair.chosen()).trajectory();
        JsonNode row = known(rows.get(chosen.prompt().text()));
        assertThat(chosen.text()).endsWith("=" + row.path("answer").asText());
        paired.add(chosen.prompt().text());
        right += row.path("answer").asText().equals(row.path("gold").asText()) ? 1 : 0;
        kept++;
      }
      assertThat(paired).isEqualTo(expected);
    }
    // The labels are right for 60 % of the rows, and more often where the policy agrees.
    assertThat(rows.values())
        .filteredOn(row -> row.path("answer").asText().equals(row.path("gold").asText()))
        .hasSize(rows.size() * 6 / 10);
    assertThat((double) right / kept).isGreaterThan(0.6);
    // stage I: the likelihood of the chosen responses alone
    double logprob = 0;
    double tokens = 0;
    for (TrainedPair pair : run.pairs(1)) {
      logprob += pair.chosen().logprob();
      tokens += run.length(1, pair.chosen());
    }
    assertThat(run.metric(1, "policy/loss")).isCloseTo(-logprob / tokens, within(1e-3));
    run.requireLoss(2, pair -> -ls(0.1 * h(pair)));
  }

  private static void gradual(MethodRuns runs) {
    Recorded run = runs.with("data.shuffle=false", "rollout.prompts-per-step=32");
    Map<String, String> rejected = new HashMap<>();
    for (TrainedPair pair : run.pairs(1)) {
      Trajectory chosen = run.response(1, pair.chosen()).trajectory();
      Trajectory worse = run.response(1, pair.rejected()).trajectory();
      assertThat(chosen.origin().member()).isEqualTo("truthful");
      assertThat(worse.origin().member()).isEqualTo("untruthful");
      rejected.put(worse.prompt().text(), worse.text());
      // both sides under the plain prompt
      assertThat(pair.chosen().logprob()).isCloseTo(START.logprob(chosen), within(1e-3));
      assertThat(pair.rejected().logprob()).isCloseTo(START.logprob(worse), within(1e-3));
    }
    for (TrainedPair pair : run.pairs(2)) {
      Trajectory chosen = run.response(2, pair.chosen()).trajectory();
      Trajectory worse = run.response(2, pair.rejected()).trajectory();
      assertThat(chosen.origin().member()).isEqualTo("policy");
      assertThat(chosen.versions().get(0).number()).isEqualTo(1);
      assertThat(worse.text()).isEqualTo(rejected.get(worse.prompt().text()));
    }
  }

  private static void shortToLong(MethodRuns runs) {
    Recorded run = runs.whole();
    double likelihood = 0;
    double tokens = 0;
    for (TrainedPair pair : run.pairs(1)) {
      for (TrainedPair.Side side : List.of(pair.chosen(), pair.rejected())) {
        ScoredTrajectory response = run.response(1, side);
        Trajectory one = response.trajectory();
        double underLong = START.logprob(one);
        double underShort = START.logprob(one.prompt().text("short"), one);
        assertThat(one.prompt().text()).endsWith(one.prompt().text("short")).contains(",");
        assertThat(side.logprob()).isCloseTo(underLong, within(1e-3));
        assertThat(side.logRatio()).isCloseTo(underLong - underShort, within(1e-3));
      }
      likelihood -= pair.chosen().logprob();
      tokens += run.length(1, pair.chosen());
    }
    double imitated = likelihood / tokens;
    assertThat(run.metric(1, "policy/terms/imitate")).isCloseTo(imitated, within(1e-3));
    run.requireLoss(1, pair -> -ls(0.1 * h(pair)) + 0.1 * imitated);
    // short = long: the log-ratios of DPO
    Recorded same = runs.with("variants.short.template=\"{prompt}\"");
    assertThat(same.metric(1, "policy/loss") - 0.1 * imitated).isCloseTo(Math.log(2), within(1e-3));
  }
}
