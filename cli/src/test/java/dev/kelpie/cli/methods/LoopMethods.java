package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.known;
import static dev.kelpie.cli.methods.Numbers.ls;
import static dev.kelpie.cli.methods.Numbers.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Methods with a scorer that is trained in the loop. */
final class LoopMethods {
  private static final double BETA = 0.05;

  static final List<Method> ALL = List.of(Method.of("prime", LoopMethods::prime));

  private LoopMethods() {}

  private static void prime(MethodRuns runs) {
    Recorded run = runs.whole();
    for (int step = 1; step <= 2; step++) {
      assertThat(run.metric(step, "process_reward/version")).isEqualTo(step);
      requireLoss(run, step);
      // the model that the step's advantages are of is the one after its update
      Weights updated = Weights.ofProcessReward(run, step);
      JsonNode recorded = run.committed(step).path("process-reward");
      assertThat(recorded.path("version").asInt()).isEqualTo(step);
      assertThat(recorded.path("sha256").asText()).isEqualTo(updated.hash());
      for (TrajectoryGroup group : run.samples(step).groups()) {
        requireAdvantages(run, step, updated, group.members());
      }
    }
    Recorded outcomes = runs.with("algorithm.advantage.process-coef=0");
    assertThat(outcomes.weights())
        .isEqualTo(
            runs.plain(
                    "algorithm={advantage.type = rloo, kl.coef = 0, aggregation = token-mean,"
                        + " dynamic-sampling { enabled = true, metric = answer } }")
                .weights());
  }

  /**
   * The loss of a step is that of the model that the last one left, ln 2 where that is the start.
   */
  private static void requireLoss(Recorded run, int step) {
    List<Double> losses = new ArrayList<>();
    for (TrajectoryGroup group : run.samples(step).groups()) {
      for (ScoredTrajectory member :
          group.allEqual() ? List.<ScoredTrajectory>of() : group.members()) {
        Trajectory one = member.trajectory();
        double score =
            step == 1
                ? 0
                : BETA
                    * (Weights.ofProcessReward(run, step - 1).logprob(one)
                        - sum(run.reference(step, one)));
        losses.add(-ls(member.reward() == 1 ? score : -score));
      }
    }
    double mean = losses.stream().mapToDouble(loss -> loss).average().orElseThrow();
    assertThat(run.metric(step, "process_reward/loss")).isCloseTo(mean, within(1e-5));
  }

  private static void requireAdvantages(
      Recorded run, int step, Weights model, List<ScoredTrajectory> group) {
    int n = group.size();
    double[][] rewards = new double[n][];
    double[] means = new double[n];
    double[] outcomes = group.stream().mapToDouble(ScoredTrajectory::reward).toArray();
    for (int i = 0; i < n; i++) {
      Trajectory one = group.get(i).trajectory();
      double[] reference = run.reference(step, one);
      rewards[i] = model.logprobs(one.prompt().tokens(), one.response());
      for (int t = 0; t < reference.length; t++) {
        rewards[i][t] = BETA * (rewards[i][t] - reference[t]);
      }
      means[i] = sum(rewards[i]) / reference.length;
    }
    for (int i = 0; i < n; i++) {
      PerToken found = known(run.samples(step).advantages().get(group.get(i).trajectory().id()));
      double outcome = outcomes[i] - (sum(outcomes) - outcomes[i]) / (n - 1);
      double others = (sum(means) - means[i]) / (n - 1);
      for (int t = 0; t < rewards[i].length; t++) {
        double rest = sum(Arrays.copyOfRange(rewards[i], t, rewards[i].length));
        double expected = outcome + rest - (rewards[i].length - t) * others;
        assertThat((double) found.get(t)).isCloseTo(expected, within(2e-5));
      }
    }
  }
}
