package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.h;
import static dev.kelpie.cli.methods.Numbers.known;
import static dev.kelpie.cli.methods.Numbers.ls;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Methods whose groups hold responses that the policy did not sample. */
final class MemberMethods {
  static final List<Method> ALL =
      List.of(
          Method.of("spin", MemberMethods::spin, "rollout.group-size=1"),
          Method.of("drift", MemberMethods::drift, "rollout.group-size=1"),
          Method.of("dno", MemberMethods::dno),
          Method.of("orca-math", MemberMethods::orcaMath, "rollout.prompts-per-step=8"),
          Method.of("tpo.triple", MemberMethods::triple),
          Method.of("vpo.value-incentivized", MemberMethods::valueIncentivized));

  private MemberMethods() {}

  private static void spin(MethodRuns runs) {
    Map<String, JsonNode> rows = MethodRuns.rows("solved.jsonl");
    Recorded run = runs.whole();
    for (long step = 1; step <= 2; step++) {
      for (TrainedPair pair : run.pairs(step)) {
        Trajectory gold = run.response(step, pair.chosen()).trajectory();
        Trajectory own = run.response(step, pair.rejected()).trajectory();
        assertThat(gold.origin().member()).isEqualTo("gold");
        assertThat(gold.text())
            .isEqualTo(known(rows.get(gold.prompt().text())).path("solution").asText());
        assertThat(own.origin().member()).isEqualTo("policy");
        assertVersion(own, step - 1);
      }
      // policy = reference at the start of every step
      assertThat(run.metric(step, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
    }
    assertNoReward(run);
  }

  private static void assertVersion(Trajectory response, long version) {
    for (int t = 0; t < response.response().length(); t++) {
      assertThat(response.versions().get(t).number()).isEqualTo(version);
    }
  }

  private static void assertNoReward(Recorded run) {
    assertThat(run.samples(1).groups())
        .flatMap(TrajectoryGroup::members)
        .allSatisfy(member -> assertThat(member.score().parts()).isEmpty());
  }

  private static void drift(MethodRuns runs) {
    Map<String, JsonNode> rows = MethodRuns.rows("log.jsonl");
    Recorded run = runs.whole();
    for (long step = 1; step <= 2; step++) {
      for (TrainedPair pair : run.pairs(step)) {
        Trajectory logged = run.response(step, pair.rejected()).trajectory();
        assertThat(logged.origin().provenance()).isEqualTo(Provenance.LOG);
        assertThat(logged.text())
            .isEqualTo(known(rows.get(logged.prompt().text())).path("disliked").asText());
        assertVersion(run.response(step, pair.chosen()).trajectory(), step - 1);
      }
    }
    assertNoReward(run);
  }

  private static void dno(MethodRuns runs) {
    Recorded run = runs.with("iterations.replay=[]");
    for (long step = 1; step <= 2; step++) {
      List<String> expected = new ArrayList<>();
      for (TrajectoryGroup group : run.samples(step).groups()) {
        for (ScoredTrajectory better : group.members()) {
          for (ScoredTrajectory worse : group.members()) {
            boolean own = better.trajectory().origin().member().equals("policy");
            double gap = better.reward() - worse.reward();
            if (better.reward() >= 5 && gap >= (own ? 1 : 2)) {
              expected.add(name(better) + ">" + name(worse));
            }
          }
        }
      }
      assertThat(run.pairs(step))
          .extracting(
              pair ->
                  pair.chosen().group().index()
                      + "/"
                      + pair.chosen().sample()
                      + ">"
                      + pair.rejected().group().index()
                      + "/"
                      + pair.rejected().sample())
          .containsExactlyInAnyOrderElementsOf(expected);
    }
    for (TrajectoryGroup group : run.samples(1).groups()) {
      assertThat(group.members())
          .filteredOn(member -> member.trajectory().origin().member().equals("gold"))
          .singleElement()
          .satisfies(gold -> assertThat(gold.reward()).isEqualTo(6));
    }
  }

  private static String name(ScoredTrajectory member) {
    return member.trajectory().id().group().index() + "/" + member.trajectory().id().sample();
  }

  private static void orcaMath(MethodRuns runs) {
    Recorded run = runs.whole();
    boolean spared = false;
    for (long step = 1; step <= 2; step++) {
      List<TrainedPair> pairs = run.pairs(step);
      for (TrajectoryGroup group : run.samples(step).groups()) {
        long right = count(group, "policy", 1);
        long wrong = count(group, "policy", 0);
        List<TrainedPair> made =
            pairs.stream().filter(pair -> pair.chosen().group().equals(group.id())).toList();
        assertThat(made).hasSize((int) (right == 0 ? wrong : right * wrong));
        for (TrainedPair pair : made) {
          assertThat(run.response(step, pair.chosen()).trajectory().origin().member())
              .isEqualTo(right == 0 ? "teacher" : "policy");
          spared |= right == 0;
        }
      }
    }
    assertThat(spared).as("a group of wrong samples").isTrue();
    run.requireLoss(2, pair -> -ls(0.1 * h(pair)));
  }

  private static long count(TrajectoryGroup group, String member, float reward) {
    return group.members().stream()
        .filter(one -> one.trajectory().origin().member().equals(member))
        .filter(one -> one.reward() == reward)
        .count();
  }

  private static void triple(MethodRuns runs) {
    Recorded run = runs.whole();
    Weights start = Weights.ofTheStart();
    double logprob = 0;
    double tokens = 0;
    for (ScoredTrajectory response : run.responses(1)) {
      if (response.trajectory().origin().member().equals("gold")) {
        logprob += start.logprob(response.trajectory());
        tokens += response.trajectory().response().length();
      }
    }
    assertThat(run.metric(1, "policy/terms/gold")).isCloseTo(-logprob / tokens, within(1e-3));
    double likelihood = -logprob / tokens;
    run.requireLoss(
        1, pair -> -ls(0.1 * (pair.chosen().logprob() - pair.rejected().logprob())) + likelihood);
    assertThat(run.samples(1).referenceLogprobs()).isEmpty();
    runs.with("algorithm.terms.gold.weight=0")
        .requireLoss(2, pair -> -ls(0.1 * (pair.chosen().logprob() - pair.rejected().logprob())));
  }

  private static void valueIncentivized(MethodRuns runs) {
    Recorded run = runs.whole();
    for (ScoredTrajectory response : run.responses(2)) {
      if (response.trajectory().origin().member().equals("calibration")) {
        assertVersion(response.trajectory(), 0);
      }
    }
    // g(a) = g0 + a t for the gradient of the term t: the sign flips exactly
    double plain = norm(runs, "0");
    double plus = norm(runs, "1000");
    double minus = norm(runs, "-1000");
    double twice = norm(runs, "2000");
    double product = (plus - minus) / 4; // g0 t, times 1000
    double square = (plus + minus) / 2 - plain; // t t, times 1000^2
    assertThat(square).isPositive();
    assertThat(twice).isCloseTo(plain + 4 * product + 4 * square, within(1e-3 * twice));
  }

  /** Squared norm of the first gradient. */
  private static double norm(MethodRuns runs, String weight) {
    Recorded run = runs.with("run.steps=1", "algorithm.terms.value.weight=" + weight);
    return Math.pow(run.metric(1, "policy/grad_norm"), 2);
  }
}
