package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.h;
import static dev.kelpie.cli.methods.Numbers.ls;
import static dev.kelpie.cli.methods.Numbers.mean;
import static dev.kelpie.cli.methods.Numbers.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.TrainedPair;
import java.util.List;

/** Methods that are a loss over pairs of the policy's own samples. */
final class PairLossMethods {
  static final List<Method> ALL =
      List.of(
          Method.of("dpo.robust", PairLossMethods::robust),
          Method.of("ln-dpo", PairLossMethods::lengthNormalised),
          Method.of("ld-dpo", PairLossMethods::lengthDesensitised),
          Method.of("simpo", PairLossMethods::simpo),
          Method.of("asft", PairLossMethods::asft),
          Method.of("cpl.contrastive", PairLossMethods::contrastive),
          Method.of("cpo.constrained", PairLossMethods::constrained),
          Method.of("p3o", PairLossMethods::p3o, "rollout.group-size=2", "learner.epochs=1"),
          Method.of("selm", PairLossMethods::selm));

  private PairLossMethods() {}

  private static void robust(MethodRuns runs) {
    double e = 0.2;
    for (long step = 1; step <= 2; step++) {
      runs.whole()
          .requireLoss(
              step,
              pair -> {
                double right = -ls(0.1 * h(pair));
                double wrong = -ls(-0.1 * h(pair));
                return ((1 - e) * right - e * wrong) / (1 - 2 * e);
              });
    }
    // A share e of flipped labels gives, on average, the loss of the clean ones.
    for (TrainedPair pair : runs.whole().pairs(2)) {
      double right = -ls(0.1 * h(pair));
      double wrong = -ls(-0.1 * h(pair));
      double given = ((1 - e) * right - e * wrong) / (1 - 2 * e);
      double flipped = ((1 - e) * wrong - e * right) / (1 - 2 * e);
      assertThat((1 - e) * given + e * flipped).isCloseTo(right, within(1e-12));
    }
    assertThat(runs.with("algorithm.loss.label-smoothing=0").weights())
        .isEqualTo(runs.dpo().weights());
  }

  private static void lengthNormalised(MethodRuns runs) {
    Recorded run = runs.whole();
    // At the start all ratios per token are equal, whatever the lengths.
    assertThat(run.metric(1, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
    run.requireLoss(
        2,
        pair ->
            -ls(
                pair.chosen().logRatio() / run.length(2, pair.chosen())
                    - pair.rejected().logRatio() / run.length(2, pair.rejected())));
  }

  private static void lengthDesensitised(MethodRuns runs) {
    Recorded run = runs.whole();
    run.requireLoss(2, pair -> tailWeighted(run, pair, 0.5));
    runs.with("algorithm.loss.tail-weight=0")
        .requireLoss(2, pair -> tailWeighted(runs.with("algorithm.loss.tail-weight=0"), pair, 0));
    assertThat(runs.with("algorithm.loss.tail-weight=1").weights()).isEqualTo(runs.dpo().weights());
  }

  private static double tailWeighted(Recorded run, TrainedPair pair, double tail) {
    double[] chosen = run.ratios(2, pair.chosen());
    double[] rejected = run.ratios(2, pair.rejected());
    int common = Math.min(chosen.length, rejected.length);
    double h = 0;
    for (int t = 0; t < chosen.length; t++) {
      h += chosen[t] * (t < common ? 1 : tail);
    }
    for (int t = 0; t < rejected.length; t++) {
      h -= rejected[t] * (t < common ? 1 : tail);
    }
    return -ls(0.1 * h);
  }

  private static void simpo(MethodRuns runs) {
    Recorded run = runs.whole();
    for (long step : List.of(1L, 2L)) {
      run.requireLoss(
          step,
          pair ->
              -ls(
                  2 * mean(run.policy(step, pair.chosen()))
                      - 2 * mean(run.policy(step, pair.rejected()))
                      - 0.5));
    }
    assertThat(run.samples(2).referenceLogprobs()).isEmpty();
  }

  private static void asft(MethodRuns runs) {
    Recorded run = runs.whole();
    List<TrainedPair> pairs = run.pairs(2);
    double tokens = pairs.stream().mapToInt(pair -> run.length(2, pair.chosen())).sum();
    double likelihood = pairs.stream().mapToDouble(pair -> pair.chosen().logprob()).sum() / tokens;
    run.requireLoss(
        2,
        pair -> {
          double chosen = Math.exp(mean(run.policy(2, pair.chosen())));
          double rejected = Math.exp(mean(run.policy(2, pair.rejected())));
          return -Math.log(chosen) - Math.log(1 - rejected) - likelihood;
        });
    assertThat(run.samples(2).referenceLogprobs()).isEmpty();
  }

  private static void contrastive(MethodRuns runs) {
    runs.whole()
        .requireLoss(
            2, pair -> -ls(0.1 * (pair.chosen().logprob() - 0.5 * pair.rejected().logprob())));
    runs.with("algorithm.loss.lambda=0").requireLoss(2, pair -> -ls(0.1 * pair.chosen().logprob()));
    Recorded free = runs.plain("algorithm.preset=online-dpo", "algorithm.loss.reference-free=true");
    assertThat(runs.with("algorithm.loss.lambda=1").metric(1, "policy/loss"))
        .isCloseTo(free.metric(1, "policy/loss"), within(1e-6));
  }

  private static void constrained(MethodRuns runs) {
    Recorded run = runs.whole();
    run.requireLoss(2, pair -> constrained(run, pair, 0));
    // A reference that ranks a pair far better than demanded asks for no margin: DPO of means.
    Recorded undemanding = runs.with("algorithm.loss.gamma=-50");
    undemanding.requireLoss(
        2,
        pair ->
            -ls(
                2 * mean(undemanding.ratios(2, pair.chosen()))
                    - 2 * mean(undemanding.ratios(2, pair.rejected()))));
  }

  private static double constrained(Recorded run, TrainedPair pair, double gamma) {
    double policy = mean(run.policy(2, pair.chosen())) - mean(run.policy(2, pair.rejected()));
    double reference =
        mean(run.reference(2, pair.chosen())) - mean(run.reference(2, pair.rejected()));
    double margin = Math.log1p(Math.exp(gamma - reference)); // ln 2 where both are 0
    return -ls(2 * policy - 2 * reference - 2 * margin);
  }

  private static void p3o(MethodRuns runs) {
    Recorded run = runs.whole();
    run.requireLoss(
        1,
        pair ->
            -(pair.chosen().score() - pair.rejected().score())
                * (sum(run.policy(1, pair.chosen())) - sum(run.policy(1, pair.rejected())))
                / 2);
    // -1/2 for every response of more than one token changes no bit
    String shift = "reward.shift={type = length, limit = 1, penalty = 1, weight = 0.5}";
    Recorded shifted = runs.with(shift);
    assertThat(shifted.pairs(1).get(0).chosen().score()).isEqualTo(0.5);
    assertThat(shifted.weights()).isEqualTo(run.weights());
  }

  private static void selm(MethodRuns runs) {
    Recorded run = runs.whole();
    assertThat(run.metric(1, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
    assertThat(runs.with("algorithm.loss.alpha=0").weights())
        .isEqualTo(runs.dpo("reference.schedule=previous").weights());
    // The second update of a step sees the term that the first has changed: log pi of what was
    // sampled has fallen, while pessimism raises it.
    String[] alone = {"learner.epochs=2", "algorithm.loss.alpha=1000", "run.steps=1"};
    Recorded optimistic = runs.with(alone);
    double before = meanChosen(optimistic);
    assertThat(optimistic.metric(1, "preference/chosen_logprob")).isLessThan(before - 1e-3);
    Recorded pessimistic =
        runs.with(alone[0], alone[1], alone[2], "algorithm.loss.attitude=pessimistic");
    assertThat(pessimistic.metric(1, "preference/chosen_logprob")).isGreaterThan(before + 1e-3);
  }

  private static double meanChosen(Recorded run) {
    return run.pairs(1).stream()
        .mapToDouble(pair -> pair.chosen().logprob())
        .average()
        .orElseThrow();
  }
}
