package dev.kelpie.cli;

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
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Folders of runs that ended and have many pairs that people can judge; for tests. */
public final class PairableRun {
  private PairableRun() {}

  /**
   * Writes a run of {@code steps} steps with {@code prompts} prompts each, {@code STEP+PROMPT?}. A
   * prompt has two responses; the first, which is right, has the reward 1, the second 0.
   */
  public static Path write(Path root, int steps, int prompts) throws IOException {
    EndedRun.write(root, 4, steps, 0.3);
    for (int step = 1; step <= steps; step++) {
      List<TrajectoryGroup> groups = new ArrayList<>();
      for (int index = 0; index < prompts; index++) {
        groups.add(group(step, index));
      }
      TrajectoryArrow.writeScored(
          new RunFolder(root).rollouts().resolve("step-" + step + ".arrow"),
          groups,
          Map.of(),
          Map.of());
    }
    return root;
  }

  private static TrajectoryGroup group(long step, int index) {
    GroupId id = new GroupId(Purpose.ROLLOUT, step, index);
    String sum = step + "+" + index;
    Prompt prompt =
        new Prompt(
            "rows.jsonl:" + (step * 1000 + index),
            sum + "?",
            TokenIds.of(1),
            Optional.of(Long.toString(step + index)),
            Map.of());
    String right = sum + "=" + (step + index);
    return new TrajectoryGroup(
        id,
        List.of(response(id, prompt, 0, right, 1), response(id, prompt, 1, "=" + step, 0)),
        List.of());
  }

  private static ScoredTrajectory response(
      GroupId id, Prompt prompt, int sample, String text, float reward) {
    Trajectory trajectory =
        new Trajectory(
            new SampleId(id, sample, 0),
            prompt,
            TokenIds.of(2),
            text,
            PerToken.of(-0.5f),
            PerToken.of(-0.5f),
            TokenVersions.uniform(new PolicyVersion(0), 1),
            FinishReason.STOP,
            Origin.POLICY,
            new Sampling(1, 0, 1, 0, 8, false));
    return new ScoredTrajectory(trajectory, new Score(reward, Map.of("answer", reward)));
  }
}
