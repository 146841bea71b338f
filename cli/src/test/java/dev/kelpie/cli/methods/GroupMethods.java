package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.known;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrajectoryGroup;
import java.util.List;

/** Methods whose reward is made of the group or of several rewards. */
final class GroupMethods {
  static final List<Method> ALL =
      List.of(
          Method.of("spo.minimax", GroupMethods::minimax),
          Method.of("dpa.directional", GroupMethods::directional));

  private GroupMethods() {}

  private static void minimax(MethodRuns runs) {
    Recorded run = runs.whole();
    for (TrajectoryGroup group : run.samples(2).groups()) {
      List<ScoredTrajectory> members = group.members();
      boolean tied = members.stream().map(GroupMethods::own).distinct().count() == 1;
      for (ScoredTrajectory one : members) {
        double wins = 0;
        for (ScoredTrajectory other : members) {
          wins += one.equals(other) ? 0 : (1 + Math.signum(own(one) - own(other))) / 2;
        }
        assertThat((double) one.reward()).isCloseTo(wins / (members.size() - 1), within(1e-6));
        PerToken advantage = known(run.samples(2).advantages().get(one.trajectory().id()));
        assertThat(tied && advantage.get(0) != 0).isFalse();
      }
    }
    // two samples that are alike, and two of which one is better
    for (TrajectoryGroup group : runs.with("rollout.group-size=2").samples(1).groups()) {
      double difference = own(group.members().get(0)) - own(group.members().get(1));
      assertThat(group.members().get(0).reward())
          .isEqualTo(difference == 0 ? 0.5f : difference > 0 ? 1 : 0);
    }
  }

  /** What the rule says of a sample alone. */
  private static double own(ScoredTrajectory member) {
    return known(member.score().parts().get("answer"));
  }

  private static void directional(MethodRuns runs) {
    Recorded run = runs.whole();
    double sum = 0;
    int tokens = 0;
    for (TrajectoryGroup group : run.samples(1).groups()) {
      ScoredTrajectory best = group.members().get(0); // the first of several
      for (ScoredTrajectory member : group.members()) {
        best = alongDirection(member) > alongDirection(best) ? member : best;
      }
      PerToken logprobs = best.trajectory().rolloutLogprobs();
      sum -= logprobs.sum();
      tokens += logprobs.length();
      for (ScoredTrajectory member : group.members()) {
        assertThat((double) member.reward()).isCloseTo(alongDirection(member), within(1e-5));
      }
    }
    assertThat(run.metric(1, "policy/loss")).isCloseTo(sum / tokens, within(1e-4));
  }

  /** The product of the row's direction with whether the answer is right and the length. */
  private static double alongDirection(ScoredTrajectory member) {
    var columns = member.trajectory().prompt().metadata();
    double brevity = -0.1 * member.trajectory().response().length();
    return Double.parseDouble(known(columns.get("useful"))) * own(member)
        + Double.parseDouble(known(columns.get("brief"))) * brevity;
  }
}
