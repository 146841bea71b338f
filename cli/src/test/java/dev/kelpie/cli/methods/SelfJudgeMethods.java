package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.h;
import static dev.kelpie.cli.methods.Numbers.known;
import static dev.kelpie.cli.methods.Numbers.ls;
import static dev.kelpie.cli.methods.Scorers.part;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Methods whose judge is the policy itself, by the log-probabilities of its choices. */
final class SelfJudgeMethods {
  private static final TokenIds FIRST = Weights.text("1");

  private static final int SECOND = Weights.text("2").get(0);

  static final List<Method> ALL =
      List.of(
          Method.of("osp", SelfJudgeMethods::selfPreferring),
          new Method(
              "temporal-sr", 2, List.of("checkpoint.keep=4"), SelfJudgeMethods::pastAndFuture),
          Method.of(
              "scir",
              SelfJudgeMethods::consistent,
              "iterations.stages=[{until = 1, set {algorithm.pairing.agree = []}}]"),
          Method.of("pu-distill", SelfJudgeMethods::anchored));

  private SelfJudgeMethods() {}

  /** Probability of the first of two choices after a text. */
  private static double first(Weights judge, String text) {
    double[] next = judge.vocabulary(Weights.encoded(text), FIRST)[0];
    return Numbers.sigmoid(next[FIRST.get(0)] - next[SECOND]);
  }

  /** The probability that a response is better than another, in both orders. */
  private static double better(Weights judge, Trajectory one, Trajectory other) {
    String prompt = one.prompt().text();
    double straight = first(judge, prompt + one.text() + "?" + other.text() + "?");
    double turned = first(judge, prompt + other.text() + "?" + one.text() + "?");
    return (straight + 1 - turned) / 2;
  }

  private static Weights before(Recorded run, long step) {
    return step == 1 ? Weights.ofTheStart() : Weights.after(run, step - 1);
  }

  /** The first pairs of a step. */
  private static List<TrainedPair> some(Recorded run, long step) {
    return run.pairs(step).stream().limit(4).toList();
  }

  private static double soft(TrainedPair pair) {
    double p = pair.probability();
    return -p * ls(0.1 * h(pair)) - (1 - p) * ls(-0.1 * h(pair));
  }

  private static void selfPreferring(MethodRuns runs) {
    Recorded run = runs.whole();
    for (long step = 1; step <= 2; step++) {
      Weights judge = before(run, step);
      for (TrainedPair pair : some(run, step)) {
        double p =
            better(
                judge,
                run.response(step, pair.chosen()).trajectory(),
                run.response(step, pair.rejected()).trajectory());
        assertThat(pair.probability()).isCloseTo(p, within(1e-5)).isBetween(0.0, 1.0);
        assertThat(pair.chosen().score()).isGreaterThan(pair.rejected().score());
      }
      run.requireLoss(step, SelfJudgeMethods::soft);
    }
    // policy = reference: ln 2 whatever the labels say
    assertThat(run.metric(1, "policy/loss")).isCloseTo(Math.log(2), within(1e-5));
    // One pair: the slope at h = 0 is -beta (p - 1/2), that of a certain label -beta / 2.
    String[] one = {"rollout.prompts-per-step=1", "algorithm.pairing.max-pairs=1"};
    Recorded soft = runs.with(one[0], one[1]);
    Recorded certain = runs.with(one[0], one[1], "algorithm.label.type=hard");
    double p = soft.pairs(1).get(0).probability();
    assertThat(soft.metric(1, "policy/grad_norm") / certain.metric(1, "policy/grad_norm"))
        .isCloseTo(Math.abs(p - 0.5) / 0.5, within(1e-3));
  }

  private static void pastAndFuture(MethodRuns runs) {
    Recorded run = runs.whole();
    int ofFuture = 0;
    for (long step = 1; step <= 4; step++) {
      boolean branch = step % 2 == 1;
      long present = branch ? step - 1 : step - 2;
      Weights judge = present == 0 ? Weights.ofTheStart() : Weights.after(run, present);
      for (TrainedPair pair : run.pairs(step)) {
        ScoredTrajectory chosen = run.response(step, pair.chosen());
        ScoredTrajectory rejected = run.response(step, pair.rejected());
        assertThat(rejected.trajectory().origin().member()).isEqualTo("past");
        assertVersion(rejected.trajectory(), 0);
        String member = chosen.trajectory().origin().member();
        assertThat(member).isIn("policy", "present");
        assertVersion(chosen.trajectory(), member.equals("policy") ? step - 1 : present);
        ofFuture += !branch && member.equals("policy") ? 1 : 0;
        for (ScoredTrajectory other : run.group(step, pair.chosen())) {
          boolean past = other.trajectory().origin().member().equals("past");
          assertThat(other.reward())
              .satisfiesAnyOf(
                  reward -> assertThat(past).isTrue(),
                  reward -> assertThat(reward).isLessThanOrEqualTo(chosen.reward()));
        }
      }
      ScoredTrajectory rated = run.response(step, run.pairs(step).get(0).chosen());
      String text = rated.trajectory().prompt().text() + rated.trajectory().text() + "?";
      assertThat((double) rated.reward()).isCloseTo(first(judge, text), within(1e-5));
      run.requireLoss(step, pair -> -ls(0.1 * h(pair)));
    }
    assertThat(ofFuture).as("chosen responses of the future").isPositive();
    // What is trained after a future is discarded is what was there before it.
    List<JsonNode> discarded =
        run.journal().stream()
            .filter(event -> event.path("kind").asText().equals("branch-discarded"))
            .toList();
    assertThat(discarded)
        .extracting(event -> event.path("weights-sha256").asText())
        .containsExactly(Weights.ofTheStart().chunkedHash(), Weights.after(run, 2).chunkedHash());
  }

  private static void assertVersion(Trajectory response, long version) {
    for (int t = 0; t < response.response().length(); t++) {
      assertThat(response.versions().get(t).number()).isEqualTo(version);
    }
  }

  private static void consistent(MethodRuns runs) throws IOException {
    Recorded run = runs.whole();
    assertThat(run.metric(1, "policy/loss")).isCloseTo(Math.log(2), within(1e-5));
    int agreeing = 0;
    int differing = 0;
    for (TrajectoryGroup group : run.samples(2).groups()) {
      for (ScoredTrajectory one : group.members()) {
        for (ScoredTrajectory other : group.members()) {
          if (one.reward() > other.reward()) {
            boolean agree = part(one, "implicit") > part(other, "implicit");
            agreeing += agree ? 1 : 0;
            differing += agree ? 0 : 1;
          }
        }
      }
    }
    assertThat(differing).isPositive();
    assertThat(run.pairs(2)).hasSize(agreeing);
    for (TrainedPair pair : run.pairs(2)) {
      assertThat(part(run.response(2, pair.chosen()), "implicit"))
          .isGreaterThan(part(run.response(2, pair.rejected()), "implicit"));
      assertThat(h(pair)).isPositive(); // the implicit reward of the learner is the same
    }
    run.requireLoss(2, pair -> -ls(0.1 * h(pair)));
    planted(runs, run.folder().resolveSibling("planted.jsonl"));
  }

  private static void anchored(MethodRuns runs) {
    Map<String, JsonNode> rows = MethodRuns.rows("solved.jsonl");
    Recorded run = runs.whole();
    for (long step = 1; step <= 2; step++) {
      Weights judge = before(run, step);
      for (TrajectoryGroup group : run.samples(step).groups()) {
        int anchors = 0;
        for (ScoredTrajectory response : group.members()) {
          Trajectory own = response.trajectory();
          String solution = known(rows.get(own.prompt().text())).path("solution").asText();
          boolean anchor = own.origin().member().equals("anchor");
          assertThat(own.text().equals(solution) || !anchor).isTrue();
          anchors += anchor ? 1 : 0;
          if (own.id().sample() == 0) {
            assertThat((double) response.reward())
                .isCloseTo(first(judge, solution + "?" + own.text() + "?"), within(1e-5));
          }
        }
        assertThat(anchors).isEqualTo(1);
      }
    }
    // Neither a gradient nor a ratio: without the anchor, under a rule for all, the same bits.
    String rule = "reward={rated = null, digits {type = length, per-token = 0.1}}";
    Recorded with = runs.with(rule, "models.judge=null");
    Recorded without = runs.with(rule, "models.judge=null", "members.anchor=null");
    assertThat(with.responses(1)).hasSizeGreaterThan(without.responses(1).size());
    assertThat(with.weights()).isEqualTo(without.weights());
  }

  /** Ten pairs of a file; rules that stand for both judges differ on three of them. */
  private static void planted(MethodRuns runs, Path file) throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      // the first digit is 9 where the judge prefers a response, the second where the other does
      String better = i < 3 ? "90" : "99";
      String worse = i < 3 ? "09" : "00";
      rows.append(
          String.format(
              "{\"prompt\": \"%s+1?\", \"chosen\": \"%s\", \"rejected\": \"%s\"}%n",
              i, better, worse));
    }
    Files.writeString(file, rows);
    Recorded run =
        runs.plain(
            "data={path = \"" + file + "\", prompt = prompt, answer = \"\"}",
            "members={one {column = chosen}, other {column = rejected}}",
            "rollout.group-size=0",
            "rollout.prompts-per-step=10",
            "algorithm={preset = online-dpo, pairing {type = all, agree = [implicit]}}",
            "reward={answer = null, judged {type = format, pattern = \"9.\"}, implicit {type ="
                + " format, pattern = \".9\", weight = 0}}");
    assertThat(run.pairs(1)).hasSize(7);
  }
}
