package dev.kelpie.experience;

import java.util.List;

/**
 * All responses to one prompt, the basic record of training; never split.
 *
 * @param id names the group
 * @param members the responses with a reward, in order of their sample number
 * @param failed the responses whose reward failed; counted, never trained on
 */
public record TrajectoryGroup(
    GroupId id, List<ScoredTrajectory> members, List<FailedTrajectory> failed) {
  public TrajectoryGroup {
    members = List.copyOf(members);
    failed = List.copyOf(failed);
  }

  /** The rewards of the members, in order. */
  public float[] rewards() {
    float[] rewards = new float[members.size()];
    for (int i = 0; i < rewards.length; i++) {
      rewards[i] = members.get(i).reward();
    }
    return rewards;
  }

  /**
   * True when no member's reward differs from another's: such a group teaches nothing by itself.
   */
  public boolean allEqual() {
    return members.stream().map(ScoredTrajectory::reward).distinct().count() <= 1;
  }
}
