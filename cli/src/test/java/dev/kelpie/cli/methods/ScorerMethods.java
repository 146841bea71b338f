package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.h;
import static dev.kelpie.cli.methods.Numbers.ls;
import static dev.kelpie.cli.methods.Scorers.part;
import static dev.kelpie.cli.methods.Scorers.score;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.model.Tokenizer;
import java.util.Arrays;
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
          Method.of("rewriting", ScorerMethods::rewriting),
          Method.of("salmon", ScorerMethods::principles, "reward.aligned.from=[1, 2]"),
          Method.of("upo", ScorerMethods::uncertainty));

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

  /**
   * The list is edited at step 2: from there on, and nowhere else, the reward reads another one.
   */
  private static void principles(MethodRuns runs) {
    Recorded run = runs.whole();
    Recorded never = runs.with("reward.aligned.from=[1, 3]");
    List<String> lists = List.of("1+1?=2,2+1?=3,", "1+1?=2,2+1?=3,3+1?=4,");
    try (Tokenizer tokenizer = Tokenizer.open(Shipped.configs().resolve("quickstart/policy"))) {
      for (int step = 1; step <= 2; step++) {
        for (ScoredTrajectory response : run.responses(step)) {
          double[] scores = new double[2];
          for (int list = 0; list < 2; list++) {
            TokenIds prompt =
                tokenizer.encode(lists.get(list) + response.trajectory().prompt().text(), true);
            scores[list] =
                score("a", OptionalInt.empty(), prompt, response.trajectory().response());
          }
          assertThat(part(response, "aligned/version")).isEqualTo(step);
          assertThat((double) part(response, "aligned")).isCloseTo(scores[step - 1], within(1e-5));
          assertThat(Math.abs(scores[0] - scores[1])).isGreaterThan(1e-4);
        }
        for (ScoredTrajectory response : never.responses(step)) {
          assertThat(part(response, "aligned/version")).isEqualTo(1);
        }
      }
    }
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

  private static void uncertainty(MethodRuns runs) {
    Recorded run = runs.whole();
    Recorded resumed = new Recorded(run.folder().resolveSibling("parts"));
    for (long step = 1; step <= 2; step++) {
      int unsure = 0;
      for (TrainedPair pair : run.pairs(step)) {
        double[] passes = new double[8];
        for (int pass = 0; pass < 8; pass++) {
          String part = "certain/" + (pass + 1);
          double chosen = part(run.response(step, pair.chosen()), part);
          double rejected = part(run.response(step, pair.rejected()), part);
          assertThat(part(resumed.response(step, pair.chosen()), part)).isEqualTo((float) chosen);
          passes[pass] = Numbers.sigmoid(chosen - rejected);
        }
        double mean = Numbers.mean(passes);
        double variance =
            Arrays.stream(passes).map(p -> (p - mean) * (p - mean)).average().orElseThrow();
        assertThat(variance).isPositive();
        unsure += variance > 0.002 ? 1 : 0;
        assertThat(pair.weight()).isCloseTo(variance > 0.002 ? 0 : 1 - 4 * variance, within(1e-6));
      }
      assertThat(unsure).isBetween(1, run.pairs(step).size() - 1);
      run.requireLoss(step, pair -> -pair.weight() * ls(0.1 * h(pair)));
    }
    // Without dropout every pass is the model itself.
    Recorded sure = runs.with("reward.certain.rate=0");
    for (ScoredTrajectory response : sure.responses(2)) {
      for (int pass = 1; pass <= 8; pass++) {
        assertThat((double) part(response, "certain/" + pass))
            .isCloseTo(score("a", response.trajectory()), within(1e-5));
      }
    }
    assertThat(sure.pairs(2)).allMatch(pair -> pair.weight() == 1);
    Recorded dpo =
        runs.dpo(
            "reward={answer = null, certain {type = model, model = judge}}",
            "models.judge.path=" + Shipped.configs().resolve("methods/scorers/a"),
            "reference.schedule=previous");
    assertThat(dpo.weights()).isEqualTo(sure.weights());
  }
}
