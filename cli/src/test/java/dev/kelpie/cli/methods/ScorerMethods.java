package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Scorers.part;
import static dev.kelpie.cli.methods.Scorers.score;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import java.util.List;
import java.util.OptionalInt;

/** Methods whose rewards are scores of models. */
final class ScorerMethods {
  static final List<Method> ALL =
      List.of(
          Method.of(
              "rm-ensemble",
              ScorerMethods::ensemble,
              "eval.path=" + Shipped.configs().resolve("quickstart/eval.jsonl"),
              "eval.samples=4",
              "eval.greedy=false",
              "eval.every=0"),
          Method.of("rewriting", ScorerMethods::rewriting));

  private ScorerMethods() {}

  private static void ensemble(MethodRuns runs) {
    Recorded run = runs.whole();
    for (ScoredTrajectory response : run.responses(2)) {
      double[] scores = new double[3];
      for (int i = 0; i < 3; i++) {
        String model = List.of("a", "b", "c").get(i);
        scores[i] = score(model, response.trajectory());
        assertThat((double) part(response, "quality/" + model)).isCloseTo(scores[i], within(1e-5));
      }
      double mean = (scores[0] + scores[1] + scores[2]) / 3;
      double squares = 0;
      for (double score : scores) {
        squares += (score - mean) * (score - mean);
      }
      assertThat((double) response.reward()).isCloseTo(mean - Math.sqrt(squares / 2), within(1e-5));
    }
    assertThat(run.has(2, "eval/scorer/gold/mean")).isTrue();
    assertThat(run.metric(2, "eval/scorer/gold/failed")).isZero();
    // The held-out member is in no update.
    Recorded without = runs.with("held-out=null", "models.gold=null");
    assertThat(without.weights()).isEqualTo(run.weights());
  }

  private static void rewriting(MethodRuns runs) {
    Recorded run = runs.whole();
    for (ScoredTrajectory response : run.responses(2)) {
      double appropriate = probability(response.trajectory());
      double similar = part(response, "similar");
      assertThat((double) part(response, "appropriate")).isCloseTo(appropriate, within(1e-5));
      assertThat(similar).isBetween(-1.0, 1.0);
      assertThat((double) response.reward())
          .isCloseTo(0.4 * appropriate + 0.6 * similar, within(1e-5));
    }
    Recorded alone = runs.with("reward.appropriate.weight=1", "reward.similar.weight=0");
    for (ScoredTrajectory response : alone.responses(1)) {
      assertThat((double) response.reward())
          .isCloseTo(probability(response.trajectory()), within(1e-5));
    }
    // A response that repeats the prompt.
    Recorded same =
        runs.with(
            "members.same={column = prompt}",
            "algorithm.rows=sampled",
            "algorithm.terms.same={rows = member, member = same, loss {type = sft}, weight = 0.1}");
    int copies = 0;
    for (ScoredTrajectory response : same.responses(1)) {
      if (response.trajectory().origin().member().equals("same")) {
        assertThat((double) part(response, "similar")).isCloseTo(1, within(1e-6));
        copies++;
      }
    }
    assertThat(copies).isPositive();
  }

  /** Softmax of two labels: the sigmoid of the difference of their logits. */
  private static double probability(Trajectory response) {
    double appropriate = score("manners", OptionalInt.of(1), response);
    double other = score("manners", OptionalInt.of(0), response);
    return Numbers.sigmoid(appropriate - other);
  }
}
