package dev.kelpie.cli;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Folders of runs with pairs, made by hand. A step has one prompt with two samples of the policy, 0
 * and 1, and a response of the member {@code teacher}, 2. Its first pair is sample 0 over sample 1,
 * its second, the wrong way round, the teacher's over sample 1. Sample 1 was trained under the
 * variant {@code hinted} of the prompt.
 */
public final class PairedRun {
  private static final Map<Integer, String> TEXTS =
      Map.of(11, " 7", 12, "</s>", 13, "\n", 14, "\ufffd");

  private PairedRun() {}

  /** Writes a run of {@code steps} steps, of which the second has pairs; beta is 0.2. */
  public static Path write(Path root, int steps) throws IOException {
    RunFolder folder = new RunFolder(Files.createDirectories(root));
    Files.writeString(
        folder.experimentFile(),
        """
        data.path = x.jsonl, policy.path = model, reward.answer { type = exact-match }
        algorithm { preset = online-dpo, loss.beta = 0.2 }
        """);
    StringBuilder metrics = new StringBuilder();
    for (int step = 1; step <= steps; step++) {
      metrics.append("{\"format\":1,\"step\":" + step + ",\"preference/pairs\":2,");
      metrics.append("\"preference/accuracy\":0.5,\"preference/margin\":0.25,");
      metrics.append("\"eval/pairs/accuracy\":0.75,\"reward/mean\":0.5}\n");
    }
    Files.writeString(folder.metricsFile(), metrics);
    Files.writeString(
        folder.summaryFile(), "{\"format\":1,\"status\":\"finished\",\"steps\":" + steps + "}");
    Files.createDirectories(folder.rollouts());
    writeStep(folder, 2);
    return root;
  }

  private static void writeStep(RunFolder folder, long step) {
    GroupId group = new GroupId(Purpose.ROLLOUT, step, 0);
    Prompt prompt =
        new Prompt("p:1", "3+4?", TokenIds.of(1), Optional.of("7"), Map.of(), List.of());
    Trajectory first = sampled(group, 0, prompt, "the sum is 7", TokenIds.of(11, 12));
    Trajectory second = sampled(group, 1, prompt, "the sum is eight", TokenIds.of(13, 14));
    Trajectory teacher =
        new Trajectory(
            new SampleId(group, 2, 0),
            prompt,
            TokenIds.of(11),
            "7",
            PerToken.empty(),
            PerToken.empty(),
            TokenVersions.of(),
            FinishReason.STOP,
            new Origin("teacher", Provenance.TEACHER, OptionalDouble.empty()),
            first.sampling());
    TrajectoryGroup samples =
        new TrajectoryGroup(
            group, List.of(scored(first, 1), scored(second, 0), scored(teacher, 1)), List.of());
    TrajectoryArrow.writeScored(
        folder.rollouts().resolve("step-" + step + ".arrow"),
        new ScoredGroups(
            List.of(samples),
            Map.of("reference", Map.of(first.id(), PerToken.of(-0.5f, -0.7f))),
            Map.of(),
            Map.of(first.id(), PerToken.of(-0.4f, -1.2f))));
    TrainedPair.Side low = new TrainedPair.Side(group, 1, 0, 0, -4, -0.25, "hinted");
    new PairFiles(folder.rollouts())
        .write(
            step,
            List.of(
                new TrainedPair(
                    new TrainedPair.Side(group, 0, 1, 0, -1.6, 0.5), low, 0.9, 2, 0.25, "scores"),
                new TrainedPair(
                    new TrainedPair.Side(group, 2, 1, 0, -9, -2.25), low, 1, 1, 0, "hard")));
  }

  private static Trajectory sampled(
      GroupId group, int sample, Prompt prompt, String text, TokenIds tokens) {
    return new Trajectory(
        new SampleId(group, sample, 0),
        prompt,
        tokens,
        text,
        PerToken.of(-0.5f, -1),
        PerToken.of(-0.5f, -1),
        TokenVersions.uniform(new PolicyVersion(1), 2),
        FinishReason.STOP,
        Origin.POLICY,
        new Sampling(1, 0, 1, 0, 8, false));
  }

  private static ScoredTrajectory scored(Trajectory trajectory, float score) {
    return new ScoredTrajectory(trajectory, new Score(score, Map.of("answer", score)));
  }

  /** The texts of the tokens. */
  static List<String> texts(TokenIds ids) {
    return Arrays.stream(ids.toArray()).mapToObj(id -> TEXTS.getOrDefault(id, "")).toList();
  }
}
