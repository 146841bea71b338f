package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.known;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import java.util.List;

/** Methods that are a way to credit tokens. */
final class TokenMethods {
  static final List<Method> ALL =
      List.of(
          Method.of("ma-ppo", TokenMethods::macroActions, "rollout.group-size=1"),
          Method.of("oreo", TokenMethods::oreo, "rollout.group-size=1"));

  private TokenMethods() {}

  private static void macroActions(MethodRuns runs) {
    for (PerToken advantages : runs.whole().samples(2).advantages().values()) {
      for (int t = 0; t < advantages.length(); t++) {
        assertThat(advantages.get(t)).isEqualTo(advantages.get(t - t % 5));
      }
    }
    assertThat(
            runs.whole().samples(2).advantages().values().stream()
                .anyMatch(some -> some.length() > 5 && some.get(0) != some.get(5)))
        .as("macro actions of one response differ")
        .isTrue();
    Recorded gae =
        runs.plain(
            "rollout.group-size=1",
            "algorithm.preset=ppo",
            "algorithm.kl.coef=0.01",
            "value={kind = separate, learning-rate = 5e-4}");
    assertThat(runs.with("algorithm.advantage.ngram=1").weights()).isEqualTo(gae.weights());
    assertThat(runs.with("algorithm.advantage.ngram=100").samples(2).advantages().values())
        .allSatisfy(
            some -> assertThat(some).isEqualTo(PerToken.constant(some.get(0), some.length())));
  }

  private static void oreo(MethodRuns runs) {
    Recorded run = runs.whole();
    double loss = 0;
    List<ScoredTrajectory> responses = run.responses(1);
    for (long step = 1; step <= 2; step++) {
      for (ScoredTrajectory response : run.responses(step)) {
        Trajectory trajectory = response.trajectory();
        double[] reference = run.reference(step, trajectory);
        PerToken credit = known(run.samples(step).advantages().get(trajectory.id()));
        double toGo = response.reward();
        for (int t = reference.length - 1; t >= 0; t--) {
          toGo -= 0.03 * (trajectory.rolloutLogprobs().get(t) - reference[t]);
          assertThat((double) credit.get(t)).isCloseTo(toGo, within(1e-4));
        }
        if (step == 1) {
          // the value head begins with 0 and the policy with the reference
          loss += response.reward() * response.reward() / responses.size();
        }
      }
    }
    assertThat(run.metric(1, "policy/loss")).isCloseTo(loss, within(1e-4));
  }
}
