package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.h;
import static dev.kelpie.cli.methods.Numbers.known;
import static dev.kelpie.cli.methods.Numbers.ls;
import static dev.kelpie.cli.methods.Numbers.mean;
import static dev.kelpie.cli.methods.Numbers.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import java.util.List;
import java.util.Map;

/** Methods whose losses look at the whole vocabulary, or at responses under further prompts. */
final class VocabularyMethods {
  private static final Weights START = Weights.ofTheStart();

  static final List<Method> ALL =
      List.of(
          Method.of("self-certainty", VocabularyMethods::selfCertainty),
          Method.of("tdpo", VocabularyMethods::tokenLevel),
          Method.of("sparse-po", VocabularyMethods::sparse),
          Method.of("srpo.self-improving", VocabularyMethods::selfImproving),
          Method.of("sami", VocabularyMethods::mutualInformation));

  private VocabularyMethods() {}

  private static void selfCertainty(MethodRuns runs) {
    Recorded run = runs.whole();
    TrajectoryGroup group = run.samples(1).groups().get(0);
    double[] certainty =
        group.members().stream().mapToDouble(VocabularyMethods::certainty).toArray();
    double mean = mean(certainty);
    double squares = 0;
    for (double one : certainty) {
      squares += (one - mean) * (one - mean);
    }
    double deviation = Math.sqrt(squares / (certainty.length - 1));
    for (int i = 0; i < certainty.length; i++) {
      Trajectory one = group.members().get(i).trajectory();
      assertThat((double) known(run.samples(1).advantages().get(one.id())).get(0))
          .isCloseTo((certainty[i] - mean) / deviation, within(0.02));
    }
  }

  /** Mean over tokens of -1/V sum ln(V p); 0 for uniform distributions. */
  private static double certainty(ScoredTrajectory member) {
    Trajectory one = member.trajectory();
    double sum = 0;
    double[][] all = START.vocabulary(one.prompt().tokens(), one.response());
    for (double[] logprobs : all) {
      sum -= mean(logprobs) + Math.log(logprobs.length);
    }
    return sum / all.length;
  }

  private static void tokenLevel(MethodRuns runs) {
    Recorded run = runs.whole();
    assertThat(run.metric(1, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
    Weights now = Weights.after(run, 1);
    run.requireLoss(
        2,
        pair -> {
          double chosen = divergence(now, run.response(2, pair.chosen()).trajectory());
          double rejected = divergence(now, run.response(2, pair.rejected()).trajectory());
          assertThat(chosen).isPositive();
          return -ls(0.1 * (h(pair) - 0.5 * (rejected - chosen)));
        });
    assertThat(runs.with("algorithm.loss.alpha=0").metric(2, "policy/loss"))
        .isCloseTo(runs.dpo().metric(2, "policy/loss"), within(1e-5));
  }

  /** Summed KL of the start's distributions to those of {@code now}. */
  private static double divergence(Weights now, Trajectory one) {
    double[][] reference = START.vocabulary(one.prompt().tokens(), one.response());
    double[][] policy = now.vocabulary(one.prompt().tokens(), one.response());
    double sum = 0;
    for (int t = 0; t < reference.length; t++) {
      sum += divergence(reference[t], policy[t]);
    }
    return sum;
  }

  /** KL of two distributions, as log-probabilities. */
  private static double divergence(double[] from, double[] to) {
    double sum = 0;
    for (int v = 0; v < from.length; v++) {
      sum += Math.exp(from[v]) * (from[v] - to[v]);
    }
    return sum;
  }

  private static void sparse(MethodRuns runs) {
    Recorded run = runs.whole();
    assertThat(run.metric(1, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
    Weights now = Weights.after(run, 1);
    run.requireLoss(
        2,
        pair ->
            -ls(
                0.1
                    * (masked(now, run.response(2, pair.chosen()).trajectory())
                        - masked(now, run.response(2, pair.rejected()).trajectory()))));
    Recorded tdpo =
        runs.dpo("algorithm.loss={type = tdpo, alpha = 1, detach-chosen = false, beta = 0.1}");
    assertThat(
            runs.with("algorithm.token-weight.low=1", "algorithm.kl-weight.low=1")
                .metric(2, "policy/loss"))
        .isCloseTo(tdpo.metric(2, "policy/loss"), within(1e-6));
    assertThat(run.metric(2, "policy/loss"))
        .isNotCloseTo(tdpo.metric(2, "policy/loss"), within(1e-5));
    Recorded silent = runs.with("algorithm.token-weight.high=0", "algorithm.kl-weight.high=0");
    for (long step = 1; step <= 2; step++) {
      assertThat(silent.metric(step, "policy/loss")).isCloseTo(Math.log(2), within(1e-6));
      assertThat(silent.metric(step, "policy/grad_norm")).isZero();
    }
  }

  /** Masked log-ratios plus masked divergences of a response; certainty decides between them. */
  private static double masked(Weights now, Trajectory one) {
    double[][] reference = START.vocabulary(one.prompt().tokens(), one.response());
    double[][] policy = now.vocabulary(one.prompt().tokens(), one.response());
    double sum = 0;
    for (int t = 0; t < policy.length; t++) {
      int token = one.response().get(t);
      double ratio = policy[t][token] - reference[t][token];
      double certainty = -mean(policy[t]) - Math.log(policy[t].length);
      double uncertain = Math.max(0, Math.min(1, 1.5 - 0.5 * certainty));
      sum += uncertain * ratio + (1 - uncertain) * divergence(reference[t], policy[t]);
    }
    return sum;
  }

  private static void selfImproving(MethodRuns runs) {
    // at policy = reference, p = 1: (1/4 + 1/4) / 4 + 1 / 2
    assertThat(runs.whole().metric(1, "policy/loss")).isCloseTo(0.625, within(1e-4));
    String[] sides = {"algorithm.pairing.chosen-from=", "algorithm.pairing.rejected-from="};
    Recorded right =
        runs.with("algorithm.label={type = constant, probability = 0.75}", "learner.epochs=2");
    Recorded swapped =
        runs.with(
            "algorithm.label={type = constant, probability = 0.25}",
            "learner.epochs=2",
            sides[0] + "rejected",
            sides[1] + "chosen");
    for (long step = 1; step <= 2; step++) {
      assertThat(swapped.metric(step, "policy/loss"))
          .isCloseTo(right.metric(step, "policy/loss"), within(1e-4));
      assertThat(swapped.metric(step, "policy/grad_norm"))
          .isCloseTo(right.metric(step, "policy/grad_norm"), within(1e-3));
    }
    assertThat(right.metric(2, "policy/loss")).isNotEqualTo(right.metric(1, "policy/loss"));
  }

  private static void mutualInformation(MethodRuns runs) {
    requireLosses(runs.whole(), "worked", "brief");
    // The same principles twice say nothing of a response: that half of the loss is ln 2.
    double principles =
        requireLosses(runs.with("algorithm.loss.principles=[worked, worked]"), "worked", "worked");
    assertThat(principles).isCloseTo(Math.log(2), within(1e-6));
  }

  /**
   * Checks the loss of the first step: half the cross-entropy over the responses and half that over
   * the principles of a matrix of mean log-probabilities. Returns the latter, whole.
   */
  private static double requireLosses(Recorded run, String... columns) {
    Map<String, JsonNode> rows = MethodRuns.rows("principles.jsonl");
    double overResponses = 0;
    double overPrinciples = 0;
    for (TrajectoryGroup group : run.samples(1).groups()) {
      JsonNode row = known(rows.get(group.members().get(0).trajectory().prompt().text()));
      double[][] s = new double[2][2];
      for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
          Trajectory one = group.members().get(j).trajectory();
          TokenIds prompt = Weights.encoded(row.path(columns[i]).asText() + one.prompt().text());
          s[i][j] = mean(START.logprobs(prompt, one.response()));
        }
      }
      for (int i = 0; i < 2; i++) {
        overResponses -= (s[i][i] - Math.log(Math.exp(s[i][0]) + Math.exp(s[i][1]))) / 2;
        overPrinciples -= (s[i][i] - Math.log(Math.exp(s[0][i]) + Math.exp(s[1][i]))) / 2;
      }
    }
    int groups = run.samples(1).groups().size();
    assertThat(run.metric(1, "policy/loss"))
        .isCloseTo((overResponses + overPrinciples) / 2 / groups, within(1e-3));
    return overPrinciples / groups;
  }
}
