package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.h;
import static dev.kelpie.cli.methods.Numbers.ls;
import static dev.kelpie.cli.methods.Numbers.sigmoid;
import static dev.kelpie.cli.methods.Numbers.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Methods whose rewards or labels are log-probabilities of named models. */
final class ModelMethods {
  static final List<Method> ALL =
      List.of(
          Method.of("cream", ModelMethods::cream),
          Method.of("cdr", ModelMethods::cdr),
          Method.of(
              "selfie",
              ModelMethods::selfie,
              "rollout.group-size=2",
              "rollout.prompts-per-step=12",
              "iterations.stages=[{until = 1, set { algorithm { pairing.ties = drop, label.type ="
                  + " hard } } }]"),
          Method.of("flr", ModelMethods::flr),
          Method.of("align-xplore", ModelMethods::alignXplore));

  private ModelMethods() {}

  private static void cream(MethodRuns runs) {
    Recorded run = runs.whole();
    // The policy before the first update is the policy: both rank alike, C = 1, plain DPO.
    assertThat(run.pairs(1)).allSatisfy(pair -> assertThat(pair.probability()).isEqualTo(1));
    Weights now = Weights.after(run, 1);
    Map<GroupId, Double> consistency = new HashMap<>();
    for (TrainedPair pair : run.pairs(2)) {
      List<ScoredTrajectory> group = run.group(2, pair.chosen());
      double[] own = scores(group, now);
      double[] earlier = scores(group, Weights.ofTheStart());
      double concordant = 0;
      double[] ordered = new double[2];
      for (int i = 0; i < own.length; i++) {
        for (int j = 0; j < i; j++) {
          double a = order(own[i], own[j]);
          double b = order(earlier[i], earlier[j]);
          concordant += a * b;
          ordered[0] += a * a;
          ordered[1] += b * b;
        }
      }
      double tau = concordant / Math.sqrt(ordered[0] * ordered[1]);
      consistency.put(pair.chosen().group(), (tau + 1) / 2);
    }
    double mean =
        consistency.values().stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    for (TrainedPair pair : run.pairs(2)) {
      assertThat(pair.probability()).isCloseTo(mean, within(1e-9));
    }
    run.requireLoss(2, pair -> -mean * ls(0.1 * h(pair)) - (1 - mean) * ls(-0.1 * h(pair)));
  }

  /** 0 for equal responses, whose log-probabilities differ by rounding. */
  private static double order(double one, double other) {
    return Math.abs(one - other) < 1e-6 ? 0 : Math.signum(one - other);
  }

  /** Mean log-probability per token of each response. */
  private static double[] scores(List<ScoredTrajectory> group, Weights weights) {
    return group.stream()
        .map(ScoredTrajectory::trajectory)
        .mapToDouble(one -> weights.logprob(one) / one.response().length())
        .toArray();
  }

  private static void cdr(MethodRuns runs) {
    Recorded run = runs.whole();
    Weights start = Weights.ofTheStart();
    for (ScoredTrajectory response : run.responses(2)) {
      Trajectory one = response.trajectory();
      double strong = start.logprob("2*3+1+1?2*3=6,6+1=7,7+1=8," + one.prompt().text(), one);
      assertThat((double) response.reward()).isCloseTo(strong - start.logprob(one), within(1e-3));
    }
    for (TrainedPair pair : run.pairs(2)) {
      List<ScoredTrajectory> group = run.group(2, pair.chosen());
      assertThat(pair.chosen().score())
          .isEqualTo(group.stream().mapToDouble(ScoredTrajectory::reward).max().orElseThrow());
      assertThat(pair.rejected().score())
          .isEqualTo(group.stream().mapToDouble(ScoredTrajectory::reward).min().orElseThrow());
    }
    Recorded same = runs.with("variants.exemplar.template=\"{prompt}\"");
    assertThat(same.responses(1)).allSatisfy(one -> assertThat(one.reward()).isZero());
    assertThat(same.metric(1, "preference/pairs")).isZero();
  }

  private static void selfie(MethodRuns runs) {
    Recorded run = runs.whole();
    Weights now = Weights.after(run, 1);
    Weights start = Weights.ofTheStart();
    assertThat(run.pairs(1)).allSatisfy(pair -> assertThat(pair.probability()).isEqualTo(1));
    for (TrainedPair pair : run.pairs(2)) {
      Trajectory chosen = run.response(2, pair.chosen()).trajectory();
      Trajectory rejected = run.response(2, pair.rejected()).trajectory();
      double difference =
          now.logprob(chosen)
              - start.logprob(chosen)
              - now.logprob(rejected)
              + start.logprob(rejected);
      assertThat(pair.probability()).isCloseTo(sigmoid(0.1 * difference), within(1e-4));
    }
    run.requireLoss(
        2,
        pair ->
            -pair.probability() * ls(0.1 * h(pair))
                - (1 - pair.probability()) * ls(-0.1 * h(pair)));
  }

  private static void flr(MethodRuns runs) {
    Recorded run = runs.whole();
    Weights start = Weights.ofTheStart();
    for (ScoredTrajectory response : run.responses(1)) {
      Trajectory one = response.trajectory();
      double value =
          (follow(start, one, ",1=1") + follow(start, one, ",2=2")) / 2
              - (follow(start, one, "?") + follow(start, one, "??")) / 2;
      assertThat((double) response.reward()).isCloseTo(value, within(1e-3));
    }
    Recorded equal =
        runs.with("reward.follow-up.positive=[\"?\"]", "reward.follow-up.negative=[\"?\"]");
    assertThat(equal.responses(1)).allSatisfy(one -> assertThat(one.reward()).isZero());
  }

  /** Log-probability of a text after prompt and response. */
  private static double follow(Weights weights, Trajectory response, String text) {
    TokenIds before = Weights.encoded(response.prompt().text() + response.text());
    TokenIds all = Weights.encoded(response.prompt().text() + response.text() + text);
    int[] rest = new int[all.length() - before.length()];
    for (int t = 0; t < rest.length; t++) {
      rest[t] = all.get(before.length() + t);
    }
    return sum(weights.logprobs(before, TokenIds.of(rest)));
  }

  private static void alignXplore(MethodRuns runs) {
    Recorded run = runs.whole();
    Weights start = Weights.ofTheStart();
    for (ScoredTrajectory response : run.responses(1)) {
      Trajectory one = response.trajectory();
      Map<String, String> row = one.prompt().metadata();
      TokenIds before = Weights.encoded(one.text() + one.prompt().text());
      double chosen = sum(start.logprobs(before, single(String.valueOf(row.get("chosen")))));
      double rejected = sum(start.logprobs(before, single(String.valueOf(row.get("rejected")))));
      assertThat((double) response.reward()).isCloseTo(chosen - rejected, within(1e-3));
    }
  }

  private static TokenIds single(String digit) {
    TokenIds tokens = Weights.encoded(digit);
    return TokenIds.of(tokens.get(tokens.length() - 1));
  }
}
