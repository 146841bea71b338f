package dev.kelpie.actors.work;

import dev.kelpie.config.IterationOptions;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.rollout.ReplayDraw;
import dev.kelpie.runs.ReplayedGroup;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a step is trained on: its own samples or, in a later epoch, those of the step of the same
 * iteration that {@code rollouts/step-N.arrow} has; then groups of earlier iterations by {@code
 * iterations.replay}.
 */
final class StepPool {
  private final IterationOptions iterations;
  private final long seed;
  private final RunFolder folder;

  StepPool(IterationOptions iterations, long seed, RunFolder folder) {
    this.iterations = iterations;
    this.seed = seed;
    this.folder = folder;
  }

  /**
   * The samples of a step.
   *
   * @param replayed the groups among them that an earlier step has sampled
   * @param absent shares of iterations that the run does not have yet
   */
  record Pool(TrainingBatch batch, List<ReplayedGroup> replayed, int absent) {}

  /** The pool of a step with samples of its own. */
  Pool of(TrainingBatch own) {
    return withEarlier(own, own.step(), new ArrayList<>());
  }

  /** The pool of a step of a later epoch. */
  Pool again(long step) {
    long source = iterations.source(step);
    ScoredGroups recorded = read(source);
    List<ReplayedGroup> replayed = new ArrayList<>();
    recorded.groups().forEach(group -> replayed.add(replayed(group)));
    return withEarlier(
        new TrainingBatch(step, recorded.groups(), recorded.numbers()), source, replayed);
  }

  /**
   * Adds the share of each earlier iteration.
   *
   * @param position the step of the iteration whose samples {@code own} has
   */
  private Pool withEarlier(TrainingBatch own, long position, List<ReplayedGroup> replayed) {
    List<TrajectoryGroup> groups = new ArrayList<>(own.groups());
    Map<String, Map<SampleId, PerToken>> numbers = new HashMap<>();
    own.numbers().forEach((name, rows) -> numbers.put(name, new HashMap<>(rows)));
    int absent = 0;
    for (int back = 1; back <= iterations.replay().size(); back++) {
      long source = position - back * iterations.length();
      double share = iterations.replay().get(back - 1);
      if (source < 1 || share == 0) {
        absent += share == 0 ? 0 : 1;
        continue;
      }
      ScoredGroups recorded = read(source);
      List<TrajectoryGroup> all = recorded.groups();
      for (int place : ReplayDraw.places(seed, position, source, all.size(), share)) {
        groups.add(all.get(place));
        replayed.add(replayed(all.get(place)));
        for (ScoredTrajectory member : all.get(place).members()) {
          SampleId id = member.trajectory().id();
          recorded
              .numbers(id)
              .forEach(
                  (name, row) ->
                      numbers.computeIfAbsent(name, key -> new HashMap<>()).put(id, row));
        }
      }
    }
    return new Pool(new TrainingBatch(own.step(), groups, numbers), replayed, absent);
  }

  private ScoredGroups read(long step) {
    return new SampleFiles(folder.rollouts()).read(step);
  }

  /** A group as the journal names it. */
  static ReplayedGroup replayed(TrajectoryGroup group) {
    SampleId any =
        group.members().isEmpty()
            ? group.failed().get(0).trajectory().id()
            : group.members().get(0).trajectory().id();
    return new ReplayedGroup(
        group.id(), group.members().size() + group.failed().size(), any.attempt());
  }
}
