package dev.kelpie.learner.shaping;

import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A step's greedy responses, apart from those that are trained on.
 *
 * @param rest the batch without greedy responses
 * @param greedy the greedy response of each group that has one with a reward, by the group's index
 */
public record GreedyBaseline(TrainingBatch rest, Map<Integer, ScoredTrajectory> greedy) {
  /** Splits the batch of a step. */
  public static GreedyBaseline of(TrainingBatch batch) {
    List<TrajectoryGroup> groups = new ArrayList<>();
    Map<Integer, ScoredTrajectory> greedy = new HashMap<>();
    for (TrajectoryGroup group : batch.groups()) {
      int index = groups.size();
      List<ScoredTrajectory> members = new ArrayList<>();
      for (ScoredTrajectory member : group.members()) {
        if (isGreedy(member.trajectory())) {
          greedy.put(index, member);
        } else {
          members.add(member);
        }
      }
      List<FailedTrajectory> failed =
          group.failed().stream().filter(member -> !isGreedy(member.trajectory())).toList();
      groups.add(new TrajectoryGroup(group.id(), members, failed));
    }
    return new GreedyBaseline(new TrainingBatch(batch.step(), groups, batch.numbers()), greedy);
  }

  private static boolean isGreedy(Trajectory trajectory) {
    return trajectory.origin().equals(Origin.GREEDY);
  }

  /** Mean reward of the greedy responses; NaN where there is none. */
  public double mean() {
    return greedy.values().stream()
        .mapToDouble(ScoredTrajectory::reward)
        .average()
        .orElse(Double.NaN);
  }
}
