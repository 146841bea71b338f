package dev.kelpie.wire.arrow;

import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.WrittenFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Trajectories as Arrow IPC files with one row per response: the responses of a unit of rollout
 * work, or those that a training step consumed. A file appears under its name only when it is
 * complete.
 */
public final class TrajectoryArrow {
  private static final SampleTable<Trajectory> TRAJECTORIES =
      new SampleTable<>(
          "trajectories",
          1,
          TrajectoryColumns.FIELDS,
          TrajectoryColumns.LATER,
          TrajectoryColumns::write,
          TrajectoryColumns::read);

  private TrajectoryArrow() {}

  /** Writes {@code trajectories} in order, row r is trajectory r. Replaces an existing file. */
  public static WrittenFile write(Path target, List<Trajectory> trajectories) {
    return TRAJECTORIES.write(target, trajectories);
  }

  /**
   * All trajectories of a file that {@link #write} made.
   *
   * @throws CorruptFileException when the file is truncated or of another kind
   */
  public static List<Trajectory> read(Path path) {
    return TRAJECTORIES.read(path, 0, Long.MAX_VALUE);
  }

  /** The trajectories of rows {@code from} (included) to {@code to} (excluded). */
  public static List<Trajectory> read(Path path, long from, long to) {
    List<Trajectory> rows = TRAJECTORIES.read(path, from, to);
    if (from < 0 || rows.size() != to - from) {
      throw CorruptFileException.of(
          "%s: %s rows in [%s, %s) (expected: %s)", path, rows.size(), from, to, to - from);
    }
    return rows;
  }

  /**
   * Writes what a training step consumed, one row per response, failed ones included, {@code
   * groups} in order. Any response may lack reference logprobs or advantages.
   */
  public static WrittenFile writeScored(
      Path target,
      List<TrajectoryGroup> groups,
      Map<SampleId, PerToken> referenceLogprobs,
      Map<SampleId, PerToken> advantages) {
    Map<String, Map<SampleId, PerToken>> numbers =
        TrainingBatch.ofReference(1, groups, referenceLogprobs).numbers();
    return writeScored(target, new ScoredGroups(groups, numbers, advantages, Map.of()));
  }

  /** Writes what a training step consumed and what its update made of it. */
  public static WrittenFile writeScored(Path target, ScoredGroups scored) {
    List<ScoredColumns.Row> rows = new ArrayList<>();
    for (TrajectoryGroup group : scored.groups()) {
      for (ScoredTrajectory member : group.members()) {
        rows.add(ScoredColumns.Row.of(member, scored));
      }
      for (FailedTrajectory failed : group.failed()) {
        rows.add(ScoredColumns.Row.of(failed));
      }
    }
    return ScoredColumns.TABLE.write(target, rows);
  }

  /** Reads back what {@link #writeScored} wrote; a group without responses leaves no trace. */
  public static ScoredGroups readScored(Path path) {
    return ScoredGroups.of(ScoredColumns.TABLE.read(path, 0, Long.MAX_VALUE));
  }
}
