package dev.kelpie.cli.train;

import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Writes samples as a step of a run records them. */
final class RecordedSamples {
  /** The reward of every sample. */
  static final float REWARD = 0.75f;

  private RecordedSamples() {}

  /** A sample {@code text} of the policy to each of the prompts, and one of a teacher. */
  static void write(Path file, List<String> prompts, String text) {
    TokenIds tokens;
    try (Tokenizer tokenizer = Tokenizer.open(Shipped.configs().resolve("quickstart/policy"))) {
      tokens = tokenizer.encode(text, false);
    }
    List<TrajectoryGroup> groups = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      GroupId group = new GroupId(Purpose.ROLLOUT, 1, i);
      Prompt prompt = new Prompt(prompts.get(i), "1?", TokenIds.of(1), Optional.empty(), Map.of());
      Trajectory own = sample(group, 0, prompt, text, tokens, Origin.POLICY);
      Trajectory other =
          sample(
              group,
              1,
              prompt,
              "of a teacher",
              tokens,
              new Origin("teacher", Provenance.TEACHER, OptionalDouble.empty()));
      groups.add(
          new TrajectoryGroup(
              group,
              List.of(
                  new ScoredTrajectory(own, new Score(REWARD, Map.of())),
                  new ScoredTrajectory(other, new Score(1, Map.of()))),
              List.of()));
    }
    TrajectoryArrow.writeScored(file, new ScoredGroups(groups, Map.of(), Map.of(), Map.of()));
  }

  /** Samples of the policy with these rewards to each of the prompts, by their texts. */
  static void write(Path file, Map<String, List<Double>> rewards) {
    TokenIds tokens = TokenIds.of(1, 2);
    List<TrajectoryGroup> groups = new ArrayList<>();
    rewards.forEach(
        (text, given) -> {
          GroupId group = new GroupId(Purpose.ROLLOUT, 1, groups.size());
          Prompt prompt = new Prompt(text, text, TokenIds.of(1), Optional.empty(), Map.of());
          List<ScoredTrajectory> samples = new ArrayList<>();
          for (double reward : given) {
            Trajectory one = sample(group, samples.size(), prompt, "=1", tokens, Origin.POLICY);
            samples.add(new ScoredTrajectory(one, new Score((float) reward, Map.of())));
          }
          groups.add(new TrajectoryGroup(group, samples, List.of()));
        });
    TrajectoryArrow.writeScored(file, new ScoredGroups(groups, Map.of(), Map.of(), Map.of()));
  }

  private static Trajectory sample(
      GroupId group, int sample, Prompt prompt, String text, TokenIds tokens, Origin origin) {
    PerToken logprobs = PerToken.constant(-1, tokens.length());
    return new Trajectory(
        new SampleId(group, sample, 0),
        prompt,
        tokens,
        text,
        logprobs,
        logprobs,
        TokenVersions.uniform(new PolicyVersion(0), tokens.length()),
        FinishReason.LENGTH,
        origin,
        new Sampling(1, 0, 1, 0, 8, false));
  }
}
