package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.known;
import static dev.kelpie.cli.methods.Numbers.ls;
import static dev.kelpie.cli.methods.Numbers.sigmoid;
import static dev.kelpie.cli.methods.Numbers.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import java.util.List;
import java.util.function.Function;

/** Methods that give single tokens rewards or weights by named models. */
final class TokenChannelMethods {
  private static final Weights START = Weights.ofTheStart();

  static final List<Method> ALL =
      List.of(
          Method.of("rto", TokenChannelMethods::reinforcedTokens, "rollout.group-size=1"),
          Method.of("t-reg", TokenChannelMethods::regularised),
          Method.of("cdpo.critical-tokens", TokenChannelMethods::criticalTokens));

  private TokenChannelMethods() {}

  private static void reinforcedTokens(MethodRuns runs) {
    // With returns as advantages, the first token has all that comes.
    Recorded run =
        runs.bare(
            "solved.jsonl",
            "rollout.group-size=1",
            "reward.answer={type = regex, pattern = \"=(\\\\d{1,3})\\\\z\", require-stop = true}",
            "algorithm={preset = grpo, advantage { type = reinforce-return }, loss { type ="
                + " reinforce }, kl.coef = 0, token-reward { type = numbers, of = dpo, minus ="
                + " start, scale = 0.05 } }",
            "variants.exemplar.template=\"2*3+1+1?2*3=6,6+1=7,7+1=8,{prompt}\"",
            "models={dpo { policy = initial, variant = exemplar }, start.policy = initial}");
    for (ScoredTrajectory response : run.responses(1)) {
      Trajectory one = response.trajectory();
      double dense = START.logprob(one.prompt().text("exemplar"), one) - START.logprob(one);
      double all = known(run.samples(1).advantages().get(one.id())).get(0);
      assertThat(all - response.reward()).isCloseTo(0.05 * dense, within(1e-4));
    }
    Recorded ppo =
        runs.plain(
            "rollout.group-size=1",
            "algorithm.preset=ppo",
            "algorithm.kl.coef=0.01",
            "value={kind = separate, learning-rate = 5e-4}");
    assertThat(runs.with("algorithm.token-reward.scale=0").weights()).isEqualTo(ppo.weights());
  }

  private static void regularised(MethodRuns runs) {
    Recorded run = runs.whole();
    for (String side : List.of("chosen", "rejected")) {
      Function<TrainedPair, TrainedPair.Side> of =
          side.equals("chosen") ? TrainedPair::chosen : TrainedPair::rejected;
      double total = 0;
      double tokens = 0;
      for (TrainedPair pair : run.pairs(1)) {
        Trajectory one = run.response(1, of.apply(pair)).trajectory();
        double[] better = START.logprobs(one.prompt().tokens("better"), one.response());
        double[] worse = START.logprobs(one.prompt().tokens("worse"), one.response());
        double[] policy = START.logprobs(one.prompt().tokens(), one.response());
        for (int t = 0; t < policy.length; t++) {
          total -= (sigmoid(better[t] - worse[t]) - 0.5) * policy[t];
          tokens++;
        }
      }
      assertThat(run.metric(1, "policy/terms/" + side)).isCloseTo(total / tokens, within(1e-4));
    }
    assertThat(
            runs.with("variants.worse.template=\"2*3+1+1?2*3=6,6+1=7,7+1=8,{prompt}\"").weights())
        .isEqualTo(runs.dpo().weights());
  }

  private static void criticalTokens(MethodRuns runs) {
    Recorded run = runs.whole();
    run.requireLoss(
        2,
        pair -> {
          Trajectory wrong = run.response(2, pair.rejected()).trajectory();
          double[] positive = START.logprobs(wrong.prompt().tokens("right"), wrong.response());
          double[] negative = START.logprobs(wrong.prompt().tokens("wrong"), wrong.response());
          double[] ratios = run.ratios(2, pair.rejected());
          for (int t = 0; t < ratios.length; t++) {
            ratios[t] *= sigmoid(negative[t] - positive[t]);
          }
          return -ls(0.1 * (pair.chosen().logRatio() - sum(ratios)));
        });
    // equal models: every token of a wrong response counts one half
    Recorded equal = runs.with("variants.wrong.template=\"2*3+1+1?2*3=6,6+1=7,7+1=8,{prompt}\"");
    equal.requireLoss(
        2, pair -> -ls(0.1 * (pair.chosen().logRatio() - pair.rejected().logRatio() / 2)));
  }
}
