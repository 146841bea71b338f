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
import java.util.List;

/** Methods that train on responses of a file. */
final class DataMethods {
  static final List<Method> ALL =
      List.of(
          new Method("curry-dpo", 1, List.of("iterations.steps=1"), DataMethods::curriculum),
          Method.of("c-rlft", DataMethods::classConditioned),
          Method.of("poft", DataMethods::preferenceOriented),
          Method.of("ditto.repetition", DataMethods::repetition),
          Method.of("hypo.hybrid-kl", DataMethods::hybrid),
          Method.of("rationale-po", DataMethods::rationale, "rollout.group-size=1"),
          Method.of("super-correct", DataMethods::corrected, "rollout.group-size=0"),
          Method.of("irpo.in-context", DataMethods::rankedList));

  private DataMethods() {}

  private static void curriculum(MethodRuns runs) {
    Recorded run = runs.with("run.steps=3");
    double[] worse = {1, 4, 7};
    for (int stage = 1; stage <= 3; stage++) {
      for (TrainedPair pair : run.pairs(stage)) {
        assertThat(pair.chosen().score()).isEqualTo(9);
        assertThat(pair.rejected().score()).isEqualTo(worse[stage - 1]);
      }
      // the reference of a stage is the policy at the end of the one before
      assertThat(run.metric(stage, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
    }
  }

  private static void classConditioned(MethodRuns runs) {
    Recorded run = runs.whole();
    Weights start = Weights.ofTheStart();
    double sum = 0;
    double tokens = 0;
    for (ScoredTrajectory response : run.responses(1)) {
      Trajectory one = response.trajectory();
      String kind = one.prompt().text().substring(0, 1);
      double weight = kind.equals("9") ? Math.E : Math.exp(0.1);
      assertThat((double) known(run.samples(1).advantages().get(one.id())).get(0))
          .isCloseTo(weight, within(1e-5));
      sum -= weight * start.logprob(one);
      tokens += one.response().length();
    }
    assertThat(run.metric(1, "policy/loss")).isCloseTo(sum / tokens, within(1e-3));
  }

  private static void preferenceOriented(MethodRuns runs) {
    Recorded run = runs.whole();
    // aligned = target: ln 2, and half of the gradient of the length-normalised likelihood
    assertThat(run.metric(1, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
    Recorded imitation =
        runs.bare(
            "solved.jsonl",
            "data.form=demonstrations",
            "data.completion=solution",
            "rollout.engine=dataset",
            "algorithm.preset=best-of-n",
            "algorithm.aggregation=seq-mean-token-mean");
    assertThat(run.metric(1, "policy/grad_norm"))
        .isCloseTo(imitation.metric(1, "policy/grad_norm") / 2, within(1e-3));
  }

  private static void repetition(MethodRuns runs) {
    Recorded run = runs.whole();
    Weights start = Weights.ofTheStart();
    double sum = 0;
    for (ScoredTrajectory response : run.responses(1)) {
      Trajectory one = response.trajectory();
      double[] logprobs = start.logprobs(one.prompt().tokens(), one.response());
      int period = one.text().indexOf(',') + 1;
      double loss = 0;
      int tokens = 0;
      for (int t = period; t < logprobs.length; t++) {
        double earlier = Math.exp(logprobs[t - period]);
        loss -= Math.log(1 - Math.abs(Math.exp(logprobs[t]) - 0.5 * earlier));
        tokens++;
      }
      sum += loss / tokens;
    }
    assertThat(run.metric(1, "policy/loss")).isCloseTo(sum / run.responses(1).size(), within(1e-3));
  }

  private static void hybrid(MethodRuns runs) {
    Recorded run = runs.whole();
    assertThat(run.responses(1))
        .anyMatch(one -> one.trajectory().generated())
        .anyMatch(one -> !one.trajectory().generated());
    for (TrainedPair pair : run.pairs(1)) {
      assertThat(run.response(1, pair.chosen()).trajectory().generated()).isFalse();
    }
    assertThat(run.responses(1)).allSatisfy(one -> assertThat(one.score().parts()).isEmpty());
    // DPO on the file's pairs, and 0.01 times the mean log-ratio of the sampled tokens
    double logRatio = 0;
    double tokens = 0;
    for (ScoredTrajectory response : run.responses(2)) {
      Trajectory one = response.trajectory();
      if (one.generated()) {
        logRatio += one.rolloutLogprobs().sum() - Numbers.sum(run.reference(2, one));
        tokens += one.response().length();
      }
    }
    double divergence = logRatio / tokens;
    run.requireLoss(2, pair -> -ls(0.1 * h(pair)) + 0.01 * divergence);
    // without the KL: DPO on the pairs alone
    runs.with("algorithm.kl.coef=0").requireLoss(2, pair -> -ls(0.1 * h(pair)));
    // at the start the KL is 0, and its gradient, too
    assertThat(run.metric(1, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
  }

  private static void rationale(MethodRuns runs) {
    Recorded run = runs.whole();
    Weights start = Weights.ofTheStart();
    double logprob = 0;
    double tokens = 0;
    for (ScoredTrajectory response : run.responses(1)) {
      if (response.trajectory().origin().member().equals("why")) {
        logprob += start.logprob(response.trajectory());
        tokens += response.trajectory().response().length();
      }
    }
    double likelihood = -logprob / tokens;
    assertThat(run.metric(1, "policy/terms/rationale")).isCloseTo(likelihood, within(1e-3));
    run.requireLoss(1, pair -> -ls(0.1 * h(pair)) + likelihood);
    Recorded without = runs.with("algorithm.terms.rationale.weight=0");
    without.requireLoss(2, pair -> -ls(0.1 * h(pair)));
  }

  private static void rankedList(MethodRuns runs) {
    Recorded run = runs.whole();
    Weights start = Weights.ofTheStart();
    Weights now = Weights.after(run, 1);
    double sum = 0;
    for (TrajectoryGroup list : run.samples(2).groups()) {
      double[] x =
          list.members().stream()
              .map(ScoredTrajectory::trajectory)
              .mapToDouble(one -> now.logprob(one) - start.logprob(one))
              .toArray();
      for (int i = 0; i < x.length; i++) {
        double others = 0;
        for (int j = 0; j < x.length; j++) {
          others += i == j ? 0 : Math.exp(0.1 * (x[j] - x[i]));
        }
        double gain = Math.pow(2, list.members().get(i).reward()) - 1;
        double discount = Math.log(2) / Math.log(2 + i);
        sum -= gain * discount * ls(-Math.log(others));
      }
    }
    int lists = run.samples(2).groups().size();
    assertThat(run.metric(2, "policy/loss")).isCloseTo(sum / lists, within(1e-3));
    // at the start: gains 3 and 1 of places 1 and 2, each against two others
    assertThat(run.metric(1, "policy/loss"))
        .isCloseTo((3 + Math.log(2) / Math.log(3)) * Math.log(3), within(1e-3));
  }

  private static void corrected(MethodRuns runs) {
    Recorded run = runs.whole();
    assertThat(run.metric(1, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
    Weights now = Weights.after(run, 1);
    run.requireLoss(
        2,
        pair -> {
          Trajectory right = run.response(2, pair.chosen()).trajectory();
          Trajectory wrong = run.response(2, pair.rejected()).trajectory();
          int shared = 0;
          while (right.response().get(shared) == wrong.response().get(shared)) {
            shared++;
          }
          // The steps before the wrong one, and the task of this one: only its result differs.
          JsonNode row = known(MethodRuns.rows("corrections.jsonl").get(right.prompt().text()));
          String[] steps = row.path("attempt").asText().split(",");
          assertThat(steps).hasSize(row.path("step").asInt());
          int before = wrong.text().length() - steps[steps.length - 1].length();
          assertThat(shared).isGreaterThanOrEqualTo(wrong.text().indexOf('=', before) + 1);
          assertThat(shared).isLessThan(wrong.text().length());
          return -ls(0.1 * (ratio(now, right, shared) - ratio(now, wrong, shared)));
        });
  }

  /** Log-ratio of the tokens of a response from {@code first} on to the start of the run. */
  private static double ratio(Weights now, Trajectory response, int first) {
    Weights start = Weights.ofTheStart();
    double[] policy = now.logprobs(response.prompt().tokens(), response.response());
    double[] reference = start.logprobs(response.prompt().tokens(), response.response());
    double sum = 0;
    for (int t = first; t < policy.length; t++) {
      sum += policy[t] - reference[t];
    }
    return sum;
  }
}
