package dev.kelpie.runs.doctor;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A response that shows a finding.
 *
 * @param group the number of its group within the step
 * @param sample its number within the group
 * @param reward NaN where it has none
 * @param length its tokens
 * @param cut whether it was cut off
 */
public record SampleRow(
    long step, int group, int sample, double reward, int length, boolean cut, String text) {
  private static final int MOST = 3;

  /**
   * The responses to look at, at most three, of the newest recorded step at which {@code finding}
   * held; none where no sample shows it or the files cannot be read.
   */
  public static List<SampleRow> of(SampleFiles files, Finding finding) {
    if (finding.samples() == Finding.Samples.NONE) {
      return List.of();
    }
    try {
      Long step = files.steps().floor(finding.until());
      return step == null ? List.of() : of(step, files.read(step), finding.samples());
    } catch (IOException | RuntimeException e) {
      return List.of(); // they are missing or damaged, which the run's notes say
    }
  }

  private static List<SampleRow> of(long step, ScoredGroups read, Finding.Samples which) {
    Stream<SampleRow> rows = read.groups().stream().flatMap(group -> rows(step, group, which));
    Comparator<SampleRow> highest = Comparator.comparingDouble(row -> -row.reward());
    Comparator<SampleRow> longest = Comparator.comparingInt(row -> -row.length());
    return rows.sorted(which == Finding.Samples.LONGEST ? longest.thenComparing(highest) : highest)
        .limit(MOST)
        .toList();
  }

  private static Stream<SampleRow> rows(long step, TrajectoryGroup group, Finding.Samples which) {
    if (which == Finding.Samples.FAILED) {
      return group.failed().stream().map(failed -> of(step, failed.trajectory(), Double.NaN));
    }
    return group.members().stream()
        .map((ScoredTrajectory member) -> of(step, member.trajectory(), member.reward()))
        .filter(row -> which != Finding.Samples.TRUNCATED || row.cut());
  }

  private static SampleRow of(long step, Trajectory one, double reward) {
    return new SampleRow(
        step,
        one.id().group().index(),
        one.id().sample(),
        reward,
        one.response().length(),
        one.finishReason() == FinishReason.LENGTH,
        one.text());
  }
}
