package dev.kelpie.experience;

import java.util.List;

/**
 * All responses to one prompt, the basic record of training; never split.
 *
 * @param members the responses with a reward, in order of their sample number
 * @param failed the responses whose reward failed; counted, never trained on
 */
public record TrajectoryGroup(
    GroupId id, List<ScoredTrajectory> members, List<FailedTrajectory> failed) {
  public TrajectoryGroup {
    members = List.copyOf(members);
    failed = List.copyOf(failed);
  }

  /**
   * True when no member's reward differs from another's: such a group teaches nothing by itself.
   */
  public boolean allEqual() {
    return members.stream().map(ScoredTrajectory::reward).distinct().count() <= 1;
  }
}
