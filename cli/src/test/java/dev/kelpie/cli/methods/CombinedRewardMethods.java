package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.h;
import static dev.kelpie.cli.methods.Numbers.known;
import static dev.kelpie.cli.methods.Numbers.ls;
import static dev.kelpie.cli.methods.Scorers.part;
import static dev.kelpie.cli.methods.Scorers.score;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Methods that combine a reward with other rewards, costs, weights or a reference. */
final class CombinedRewardMethods {
  private static final String RETURNS = "algorithm.advantage.type=reinforce-return";

  static final List<Method> ALL =
      List.of(
          Method.of("rm-ppo", CombinedRewardMethods::rewardModel),
          Method.of("sem-dpo", CombinedRewardMethods::semantic),
          Method.of("r3", CombinedRewardMethods::relevance),
          Method.of(
              "constrained-ppo",
              CombinedRewardMethods::constrained,
              "algorithm.constraints.style.limit=-2"),
          Method.of("pro.orchestrator", CombinedRewardMethods::orchestrated));

  private CombinedRewardMethods() {}

  private static void rewardModel(MethodRuns runs) {
    // With returns as advantages, a token's reward is what the next token no longer has.
    Recorded run = runs.with(RETURNS);
    Weights start = Weights.ofTheStart();
    Weights now = Weights.after(run, 1);
    for (ScoredTrajectory response : run.responses(2)) {
      Trajectory one = response.trajectory();
      double score = score("a", one);
      assertThat((double) response.reward()).isCloseTo(score, within(1e-5));
      double[] policy = now.logprobs(one.prompt().tokens(), one.response());
      double[] reference = start.logprobs(one.prompt().tokens(), one.response());
      assertThat(run.reference(2, one)).containsExactly(reference, within(1e-4));
      PerToken returns = known(run.samples(2).advantages().get(one.id()));
      int last = policy.length - 1;
      for (int t = 0; t <= last; t++) {
        double reward = returns.get(t) - (t == last ? 0 : returns.get(t + 1));
        assertThat(reward)
            .isCloseTo((t == last ? score : 0) - 0.05 * (policy[t] - reference[t]), within(1e-4));
      }
    }
  }

  private static void semantic(MethodRuns runs) {
    Recorded run = runs.whole();
    run.requireLoss(
        2,
        pair -> {
          double distance = part(run.response(2, pair.chosen()), "drift");
          assertThat(distance).isPositive();
          assertThat(pair.weight()).isCloseTo(Math.exp(-distance), within(1e-6));
          // what a distance of 1 leaves of a pair
          assertThat(Math.pow(pair.weight(), 1 / distance)).isCloseTo(0.3679, within(1e-3));
          return -Math.exp(-distance) * ls(0.1 * h(pair));
        });
    assertThat(runs.with("algorithm.weight.alpha=0").weights()).isEqualTo(runs.dpo().weights());
    // A winner that repeats the prompt has no distance from it.
    Recorded copies =
        runs.with(
            "members.copy={from = column, column = prompt}",
            "algorithm.pairing={type = origin, chosen-from = copy, rejected-from = policy}");
    for (TrainedPair pair : copies.pairs(1)) {
      assertThat(pair.weight()).isCloseTo(1, within(1e-6));
    }
  }

  private static void relevance(MethodRuns runs) {
    for (ScoredTrajectory response : runs.whole().responses(2)) {
      requireMixture(response);
    }
    // The prompt itself, the answer itself, one word, and the same word ten times.
    Recorded given =
        runs.with(
            "members={same { column = prompt }, right { column = answer }, once { column = word },"
                + " often { column = words }}",
            "rollout.group-size=1",
            "algorithm.rows=sampled",
            "algorithm.terms.same={rows = member, member = same, loss {type = sft}, weight = 0.1}");
    int words = 0;
    for (var group : given.samples(1).groups()) {
      double once = Double.NaN;
      double often = Double.NaN;
      for (ScoredTrajectory response : group.members()) {
        requireMixture(response);
        String member = response.trajectory().origin().member();
        once = member.equals("once") ? response.reward() : once;
        often = member.equals("often") ? response.reward() : often;
        if (member.equals(open(response) ? "same" : "right")) {
          assertThat((double) cosine(response)).isCloseTo(1, within(1e-6));
        }
      }
      assertThat(often).isLessThan(once);
      words++;
    }
    assertThat(words).isPositive();
  }

  /** Checks the reward of a response by its similarity and its tokens. */
  private static void requireMixture(ScoredTrajectory response) {
    int[] tokens = response.trajectory().response().toArray();
    double varied = (double) Arrays.stream(tokens).distinct().count() / tokens.length;
    double incentive = open(response) ? 0.01 * tokens.length : 0;
    assertThat((double) response.reward())
        .isCloseTo((cosine(response) + incentive) * varied, within(1e-5));
  }

  private static boolean open(ScoredTrajectory response) {
    Map<String, String> columns = response.trajectory().prompt().metadata();
    return known(columns.get("kind")).equals("open");
  }

  private static float cosine(ScoredTrajectory response) {
    return part(response, open(response) ? "relevant" : "faithful");
  }

  private static void constrained(MethodRuns runs) {
    // With returns as advantages and without a KL, a response is worth r_0 - mu r_1.
    Recorded run = runs.with("run.steps=3", RETURNS, "algorithm.kl.coef=0");
    double multiplier = 0;
    for (long step = 1; step <= 3; step++) {
      double cost = 0;
      for (ScoredTrajectory response : run.responses(step)) {
        double style = score("b", response.trajectory());
        cost += style / run.responses(step).size();
        double worth = score("a", response.trajectory()) - multiplier * style;
        PerToken advantage = known(run.samples(step).advantages().get(response.trajectory().id()));
        assertThat((double) advantage.get(0)).isCloseTo(worth, within(1e-4));
      }
      assertThat(run.metric(step, "constraint/style/multiplier"))
          .isCloseTo(multiplier, within(1e-5));
      assertThat(run.metric(step, "constraint/style/cost")).isCloseTo(cost, within(1e-5));
      multiplier = Math.max(0, multiplier + 0.2 * (cost + 2));
    }
    assertThat(run.metric(2, "constraint/style/multiplier")).isPositive();
    // A limit that is never reached leaves the multiplier 0.
    Recorded free = runs.with("algorithm.constraints.style.limit=1000");
    Recorded ppo = runs.with("algorithm.constraints=null", "reward.style=null", "models.b=null");
    assertThat(free.weights()).isEqualTo(ppo.weights()).isNotEqualTo(runs.whole().weights());
  }

  private static void orchestrated(MethodRuns runs) {
    Map<String, JsonNode> rows = MethodRuns.rows("orchestrated.jsonl");
    List<JsonNode> all = List.copyOf(rows.values());
    double[] first = normalised("a", all);
    double[] second = normalised("b", all);
    for (int i = 0; i < all.size(); i++) {
      double w1 = all.get(i).path("w1").asDouble();
      double w2 = all.get(i).path("w2").asDouble();
      double target = Numbers.sigmoid(first[i] - second[i]); // softmax of two
      assertThat(w1 + w2).isCloseTo(1, within(1e-9));
      assertThat(target * Math.log(target / w1) + (1 - target) * Math.log((1 - target) / w2))
          .isCloseTo(0, within(1e-8));
    }
    for (ScoredTrajectory response : runs.whole().responses(2)) {
      JsonNode row = known(rows.get(response.trajectory().prompt().text()));
      double one = score("a", response.trajectory());
      double other = score("b", response.trajectory());
      assertThat((double) response.reward())
          .isCloseTo(
              row.path("w1").asDouble() * one + row.path("w2").asDouble() * other, within(1e-5));
    }
  }

  /** A model's scores of the preferred responses of rows, less their mean, by their deviation. */
  private static double[] normalised(String model, List<JsonNode> rows) {
    double[] scores =
        rows.stream()
            .mapToDouble(
                row ->
                    score(
                        model,
                        OptionalInt.empty(),
                        Weights.encoded(row.path("prompt").asText()),
                        ended(Weights.text(row.path("preferred").asText()))))
            .toArray();
    double mean = Numbers.mean(scores);
    double squares = Arrays.stream(scores).map(one -> (one - mean) * (one - mean)).sum();
    double deviation = Math.sqrt(squares / (scores.length - 1));
    return Arrays.stream(scores).map(one -> (one - mean) / deviation).toArray();
  }

  /** A text and the token that ends a response. */
  private static TokenIds ended(TokenIds text) {
    int[] all = Arrays.copyOf(text.toArray(), text.length() + 1);
    all[text.length()] = 2;
    return TokenIds.of(all);
  }
}
