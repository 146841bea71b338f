package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.known;
import static dev.kelpie.cli.methods.Numbers.ls;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import java.util.List;
import java.util.Map;

/** Methods that show a response under another prompt than its own. */
final class VariantMethods {
  private static final Weights START = Weights.ofTheStart();

  static final List<Method> ALL =
      List.of(
          Method.of("dove", VariantMethods::joint),
          Method.of("fspo", VariantMethods::fewShot),
          Method.of("mapl", VariantMethods::multiLevel),
          Method.of("dpo.reward-augmented", VariantMethods::rewardAugmented));

  private VariantMethods() {}

  private static void joint(MethodRuns runs) {
    Recorded run = runs.whole();
    Map<String, JsonNode> rows = MethodRuns.rows("joint.jsonl");
    for (TrainedPair pair : run.pairs(1)) {
      Trajectory chosen = run.response(1, pair.chosen()).trajectory();
      Trajectory rejected = run.response(1, pair.rejected()).trajectory();
      JsonNode row = known(rows.get(chosen.prompt().text()));
      assertThat(row.path("better")).isNotEqualTo(row.path("worse"));
      assertThat(pair.chosen().logprob())
          .isCloseTo(START.logprob(row.path("better").asText(), chosen), within(1e-3));
      assertThat(pair.rejected().logprob())
          .isCloseTo(START.logprob(row.path("worse").asText(), rejected), within(1e-3));
    }
    assertThat(run.metric(1, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
    // the same prompt on both sides is DPO
    Recorded same = runs.with("variants.worse.template=\"{better}\"");
    Recorded dpo =
        runs.bare(
            "joint.jsonl",
            "data.form=pairs",
            "data.answer=",
            "rollout.engine=dataset",
            "algorithm.preset=online-dpo");
    assertThat(same.weights()).isEqualTo(dpo.weights());
  }

  private static void fewShot(MethodRuns runs) {
    Recorded run = runs.whole();
    for (long step = 1; step <= 2; step++) {
      for (TrainedPair pair : run.pairs(step)) {
        Trajectory chosen = run.response(step, pair.chosen()).trajectory();
        String shown = chosen.prompt().text("shown");
        String own = chosen.prompt().text();
        String[] shots = shown.substring(0, shown.length() - own.length()).split(",");
        assertThat(shown).endsWith(own);
        assertThat(shots).hasSize(2).doesNotHaveDuplicates();
        // shots of the same user, none of them the pair itself
        assertThat(shots)
            .allSatisfy(
                shot -> assertThat(shot).endsWith("?" + chosen.text()).doesNotStartWith(own));
      }
    }
    // IPO at policy = reference: (1 / (2 beta))^2
    assertThat(run.metric(1, "policy/loss")).isCloseTo(25, within(1e-3));
  }

  private static void multiLevel(MethodRuns runs) {
    Recorded run = runs.whole();
    Map<String, JsonNode> rows = MethodRuns.rows("instructions.jsonl");
    for (TrainedPair pair : run.pairs(1)) {
      assertThat(pair.chosen().sample()).isEqualTo(pair.rejected().sample());
      Trajectory response = run.response(1, pair.chosen()).trajectory();
      JsonNode row = known(rows.get(response.prompt().text()));
      String met = row.path("met").asText();
      String violated = row.path("violated").asText();
      String result = response.text().substring(response.text().lastIndexOf('=') + 1);
      assertThat(value(met)).isEqualTo(Integer.parseInt(result));
      assertThat(value(violated)).isNotEqualTo(Integer.parseInt(result));
      assertThat(pair.chosen().logprob()).isCloseTo(START.logprob(met, response), within(1e-3));
      assertThat(pair.rejected().logprob())
          .isCloseTo(START.logprob(violated, response), within(1e-3));
    }
    run.requireLoss(2, pair -> -ls(0.1 * (pair.chosen().logRatio() - pair.rejected().logRatio())));
    long paired =
        run.pairs(1).stream()
            .map(pair -> pair.chosen().group() + " " + pair.chosen().sample())
            .distinct()
            .count();
    assertThat(run.metric(1, "preference/unpaired_responses"))
        .isEqualTo(run.metric(1, "data/responses") - paired);
  }

  /** Value of a sum of digits and one product, such as {@code 9+7*5-3?}. */
  private static int value(String prompt) {
    int sum = 0;
    int sign = 1;
    int product = prompt.charAt(0) - '0';
    for (int i = 1; i + 1 < prompt.length(); i += 2) {
      int digit = prompt.charAt(i + 1) - '0';
      if (prompt.charAt(i) == '*') {
        product *= digit;
      } else {
        sum += sign * product;
        sign = prompt.charAt(i) == '-' ? -1 : 1;
        product = digit;
      }
    }
    return sum + sign * product;
  }

  private static void rewardAugmented(MethodRuns runs) {
    Recorded run = runs.whole();
    List<TrainedPair> pairs = run.pairs(1);
    assertThat(pairs).hasSize(2 * run.samples(1).groups().size());
    for (TrainedPair pair : pairs) {
      Trajectory chosen = run.response(1, pair.chosen()).trajectory();
      Trajectory rejected = run.response(1, pair.rejected()).trajectory();
      // under the target of the worse response, the worse one is chosen
      String goal = pair.chosen().score() == 9 ? "9," : "1,";
      String prompt = goal + chosen.prompt().text();
      assertThat(pair.rejected().score()).isEqualTo(10 - pair.chosen().score());
      assertThat(pair.chosen().logprob()).isCloseTo(START.logprob(prompt, chosen), within(1e-3));
      assertThat(pair.rejected().logprob())
          .isCloseTo(START.logprob(prompt, rejected), within(1e-3));
    }
    run.requireLoss(
        1,
        pair ->
            -ls(
                2 * pair.chosen().logprob() / run.length(1, pair.chosen())
                    - 2 * pair.rejected().logprob() / run.length(1, pair.rejected())
                    - 0.5));
  }
}
