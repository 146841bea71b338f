package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.h;
import static dev.kelpie.cli.methods.Numbers.ls;
import static dev.kelpie.cli.methods.Numbers.mean;
import static dev.kelpie.cli.methods.Numbers.sigmoid;
import static dev.kelpie.cli.methods.Scorers.part;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainedPair;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Methods that are a way to select, pair or label the policy's own samples. */
final class LabelMethods {
  private static final String GRADED =
      "reward.brief={type = length, per-token = -0.01, penalty = 0, weight = 1}";

  static final List<Method> ALL =
      List.of(
          Method.of("rso", LabelMethods::rso, GRADED, "algorithm.select.keep=2"),
          Method.of("b-star", LabelMethods::balanced),
          Method.of("sppo", LabelMethods::sppo, GRADED),
          Method.of("modpo", LabelMethods::modpo),
          Method.of(
              "trpa",
              LabelMethods::trpa,
              "rollout.max-new-tokens=20",
              "rollout.prompts-per-step=8",
              "rollout.group-size=8"),
          Method.of("irepo", LabelMethods::irepo),
          Method.of("self-rationalization", LabelMethods::selfRationalization));

  private LabelMethods() {}

  private static void rso(MethodRuns runs) {
    runs.whole().requireLoss(2, pair -> -ls(0.05 * h(pair)));
    Recorded best = runs.with("algorithm.select.beta=1e-9");
    for (TrainedPair pair : best.pairs(2)) {
      List<Double> scores =
          best.group(2, pair.chosen()).stream()
              .map(member -> (double) member.reward())
              .sorted(Comparator.reverseOrder())
              .toList();
      assertThat(pair.chosen().score()).isEqualTo(scores.get(0));
      assertThat(pair.rejected().score()).isEqualTo(scores.get(1));
    }
    for (TrainedPair pair : runs.with("algorithm.select.beta=1e9").pairs(2)) {
      assertThat(List.of(pair.chosen().sample(), pair.rejected().sample()))
          .containsExactlyInAnyOrder(0, 1);
    }
  }

  private static void balanced(MethodRuns runs) {
    Recorded run = runs.whole();
    Set<Double> balances = new HashSet<>();
    for (long step = 1; step <= 2; step++) {
      double chosen = run.metric(step, "select/threshold");
      double highest = balance(run, step, chosen);
      assertThat(run.metric(step, "select/balance")).isCloseTo(highest, within(1e-9));
      for (double threshold : new double[] {0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75}) {
        double balance = balance(run, step, threshold);
        assertThat(run.metric(step, "select/balance_at/" + threshold))
            .isCloseTo(balance, within(1e-9));
        assertThat(balance).isLessThanOrEqualTo(highest + 1e-9);
        balances.add(balance);
      }
      double likelihood = 0;
      double tokens = 0;
      for (ScoredTrajectory response : run.responses(step)) {
        if (response.reward() >= chosen) {
          likelihood -= response.trajectory().rolloutLogprobs().sum();
          tokens += response.trajectory().response().length();
        }
      }
      assertThat(run.metric(step, "policy/loss")).isCloseTo(likelihood / tokens, within(1e-4));
    }
    assertThat(balances.size()).isGreaterThan(2);
  }

  /** Mean over the prompts of min(right / 8, 1) right / kept. */
  private static double balance(Recorded run, long step, double threshold) {
    return run.samples(step).groups().stream()
        .mapToDouble(
            group -> {
              double kept = 0;
              double right = 0;
              for (ScoredTrajectory member : group.members()) {
                kept += member.reward() >= threshold ? 1 : 0;
                right += member.reward() >= threshold && part(member, "answer") > 0 ? 1 : 0;
              }
              return kept == 0 ? 0 : Math.min(right / 8, 1) * right / kept;
            })
        .average()
        .orElseThrow();
  }

  private static void sppo(MethodRuns runs) {
    Recorded run = runs.whole();
    for (TrainedPair pair : run.pairs(2)) {
      for (TrainedPair.Side side : List.of(pair.chosen(), pair.rejected())) {
        double winRate =
            run.group(2, side).stream()
                .mapToDouble(other -> sigmoid(side.score() - other.reward())) // 1/2 for itself
                .average()
                .orElseThrow();
        assertThat(side.target()).isCloseTo(winRate - 0.5, within(1e-6));
      }
    }
    run.requireLoss(2, LabelMethods::squaredErrors);
  }

  private static double squaredErrors(TrainedPair pair) {
    double chosen = pair.chosen().logRatio() - pair.chosen().target() / 1e-3;
    double rejected = pair.rejected().logRatio() - pair.rejected().target() / 1e-3;
    return chosen * chosen + rejected * rejected;
  }

  private static void modpo(MethodRuns runs) {
    Recorded run = runs.whole();
    for (TrainedPair pair : run.pairs(2)) {
      double brief = brief(run, pair.chosen()) - brief(run, pair.rejected());
      assertThat(pair.margin()).isCloseTo(0.2 / 0.8 * brief, within(1e-6));
    }
    run.requireLoss(2, pair -> -ls((0.1 * h(pair) - 0.2 * pair.margin() / 0.25) / 0.8));
    assertThat(run.pairs(2)).anyMatch(pair -> pair.margin() != 0);
  }

  /** A tenth less for every token. */
  private static double brief(Recorded run, TrainedPair.Side side) {
    return -0.1 * run.length(2, side);
  }

  private static void trpa(MethodRuns runs) {
    Recorded run = runs.whole();
    long expected =
        run.samples(2).groups().stream()
            .mapToLong(
                group -> {
                  List<Float> levels =
                      group.members().stream().map(ScoredTrajectory::reward).toList();
                  long pairs = 0;
                  for (float one : levels) {
                    pairs += levels.stream().filter(other -> other < one).count();
                  }
                  return pairs;
                })
            .sum();
    assertThat(run.pairs(2)).hasSize((int) expected);
    run.requireLoss(
        2,
        pair ->
            -ls(
                (pair.chosen().score() == 1 ? 2.5 : 1)
                    * (mean(run.ratios(2, pair.chosen())) - mean(run.ratios(2, pair.rejected())))));
    assertThat(
            Stream.concat(run.pairs(1).stream(), run.pairs(2).stream())
                .map(pair -> pair.chosen().score())
                .distinct())
        .as("levels of the chosen responses")
        .hasSize(2);
  }

  private static void irepo(MethodRuns runs) {
    Recorded run = runs.whole();
    for (TrainedPair pair : run.pairs(2)) {
      double shorter = run.length(2, pair.rejected()) - run.length(2, pair.chosen());
      // the answer votes for the chosen response, the other two against each other
      double p = 2 / 3.0;
      if (shorter == 0) {
        p = (1 + 0.5 + 0.5) / 3;
      }
      assertThat(pair.probability()).isCloseTo(p, within(1e-12));
      assertThat(pair.chosen().target() - pair.rejected().target())
          .isCloseTo(Math.log(2), within(1e-12)); // logit(2/3)
    }
    run.requireLoss(1, pair -> Math.log(2) * Math.log(2)); // policy = reference
    run.requireLoss(2, pair -> Math.pow(0.1 * h(pair) - Math.log(2), 2));
    // three of three votes: clipped, not infinite
    Recorded all = runs.with("algorithm.label.between=[answer]");
    assertThat(all.pairs(1))
        .allSatisfy(
            pair -> assertThat(pair.chosen().target()).isCloseTo(Math.log(19), within(1e-9)));
  }

  private static void selfRationalization(MethodRuns runs) {
    Recorded run = runs.whole();
    for (TrainedPair pair : run.pairs(2)) {
      double least =
          run.group(2, pair.chosen()).stream().mapToDouble(LabelMethods::error).min().orElseThrow();
      double largest =
          run.group(2, pair.chosen()).stream().mapToDouble(LabelMethods::error).max().orElseThrow();
      assertThat(error(run.response(2, pair.chosen()))).isEqualTo(least);
      assertThat(error(run.response(2, pair.rejected()))).isEqualTo(largest);
    }
    run.requireLoss(2, pair -> -ls(0.1 * h(pair)));
  }

  /** Distance of a verdict, the number behind the last sign of equality, from the gold score. */
  private static double error(ScoredTrajectory verdict) {
    String text = verdict.trajectory().text();
    String gold = verdict.trajectory().prompt().answer().orElseThrow();
    boolean ends = text.matches(".*=\\d{1,3}");
    return ends
        ? Math.min(
            100,
            Math.abs(
                Integer.parseInt(text.substring(text.lastIndexOf('=') + 1))
                    - Integer.parseInt(gold)))
        : 100;
  }
}
