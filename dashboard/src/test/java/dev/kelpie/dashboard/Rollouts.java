package dev.kelpie.dashboard;

import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sample files of a run, made by hand: sums, some right, some wrong, some with markup in them. */
final class Rollouts {
  static final String MARKUP = "<img src=x onerror=\"document.title='owned'\">";

  private Rollouts() {}

  /** Writes step {@code step} of {@code groups} groups of {@code size} responses. */
  static void write(RunFolder folder, long step, int groups, int size) {
    List<TrajectoryGroup> all = new ArrayList<>();
    Map<SampleId, PerToken> advantages = new HashMap<>();
    for (int index = 0; index < groups; index++) {
      all.add(group(step, index, size, advantages));
    }
    TrajectoryArrow.writeScored(
        folder.rollouts().resolve("step-" + step + ".arrow"), all, Map.of(), advantages);
  }

  private static TrajectoryGroup group(
      long step, int index, int size, Map<SampleId, PerToken> advantages) {
    GroupId id = new GroupId(Purpose.ROLLOUT, step, index);
    Prompt prompt =
        new Prompt(
            "train.jsonl:" + (step * 8 + index),
            step + "+" + index + "*2?",
            TokenIds.of(1, 2, 3),
            Optional.of(Long.toString(step + index * 2L)),
            Map.of());
    List<ScoredTrajectory> members = new ArrayList<>();
    List<FailedTrajectory> failed = new ArrayList<>();
    for (int sample = 0; sample < size; sample++) {
      boolean right = (sample + step) % 3 != 0;
      Trajectory trajectory = trajectory(id, prompt, sample, right);
      if (sample == size - 1 && index == 1) {
        failed.add(new FailedTrajectory(trajectory, "timed out after 30 s"));
        continue;
      }
      float reward = right ? 1 : 0;
      members.add(new ScoredTrajectory(trajectory, new Score(reward, Map.of("answer", reward))));
      advantages.put(
          trajectory.id(), PerToken.constant(right ? 0.5f : -1f, trajectory.response().length()));
    }
    return new TrajectoryGroup(id, members, failed);
  }

  private static Trajectory trajectory(GroupId id, Prompt prompt, int sample, boolean right) {
    String text = right ? prompt.answer().orElseThrow() : "no idea, perhaps 7";
    if (id.index() == 0 && sample == 1) {
      text += MARKUP;
    }
    return new Trajectory(
        new SampleId(id, sample, 0),
        prompt,
        TokenIds.of(11, 12, 13, 14),
        text,
        PerToken.of(-0.1f, -1.5f, -0.01f, -3f),
        PerToken.of(-0.1f, -1.5f, -0.01f, -3f),
        TokenVersions.uniform(new PolicyVersion(id.step() - 1), 4),
        sample == 2 ? FinishReason.LENGTH : FinishReason.STOP,
        Origin.POLICY,
        new Sampling(1, 0, 1, 0, 26, false));
  }
}
