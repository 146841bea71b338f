package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.cli.Shipped;
import dev.kelpie.config.ConfigException;
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
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.model.Tokenizer;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run's own pairs as rows of a reward model. */
class RunPairsTest {
  private static final Path POLICY = Shipped.configs().resolve("quickstart/policy");

  /** A run whose step has one prompt, two samples and a pair for each of the probabilities. */
  private static Path run(Path root, String rejectedText, double... probabilities)
      throws IOException {
    RunFolder folder = new RunFolder(root);
    Files.createDirectories(folder.rollouts());
    GroupId group = new GroupId(Purpose.ROLLOUT, 3, 0);
    // 1+2? and its answers: tokens 3 to 12 are the digits, 16 is =, 2 ends
    Prompt prompt =
        new Prompt(
            "p", "1+2?", TokenIds.of(1, 4, 13, 5, 18), Optional.empty(), Map.of(), List.of());
    Trajectory first = sample(group, 0, prompt, "=3", TokenIds.of(16, 6, 2));
    Trajectory second = sample(group, 1, prompt, rejectedText, TokenIds.of(16, 7, 2));
    TrajectoryGroup samples =
        new TrajectoryGroup(group, List.of(scored(first, 1), scored(second, 0.25f)), List.of());
    TrajectoryArrow.writeScored(
        folder.rollouts().resolve("step-3.arrow"),
        new ScoredGroups(List.of(samples), Map.of(), Map.of(), Map.of()));
    List<TrainedPair> pairs =
        Arrays.stream(probabilities)
            .mapToObj(
                p ->
                    new TrainedPair(
                        new TrainedPair.Side(group, 0, 1, 0, -1, 0),
                        new TrainedPair.Side(group, 1, 0.25, 0, -1, 0),
                        p,
                        1,
                        0.5,
                        "scores"))
            .toList();
    new PairFiles(folder.rollouts()).write(3, pairs);
    return root;
  }

  private static Trajectory sample(
      GroupId group, int sample, Prompt prompt, String text, TokenIds tokens) {
    return new Trajectory(
        new SampleId(group, sample, 0),
        prompt,
        tokens,
        text,
        PerToken.of(-1, -1, -1),
        PerToken.of(-1, -1, -1),
        TokenVersions.uniform(new PolicyVersion(2), 3),
        FinishReason.STOP,
        Origin.POLICY,
        new Sampling(1, 0, 1, 0, 8, false));
  }

  private static ScoredTrajectory scored(Trajectory trajectory, float score) {
    return new ScoredTrajectory(trajectory, new Score(score, Map.of("answer", score)));
  }

  @Test
  void aPairIsARowWithItsLabel(@TempDir Path root) throws IOException {
    try (Tokenizer tokenizer = Tokenizer.open(POLICY)) {
      RunPairs pairs = RunPairs.read(run(root, "=4", 0.9), tokenizer);
      assertThat(pairs.size()).isEqualTo(1);
      Prompt row = pairs.at(0);
      assertThat(row.id()).isEqualTo("step 3 pair 1");
      assertThat(row.tokens()).isEqualTo(TokenIds.of(1, 4, 13, 5, 18));
      assertThat(row.responses()).extracting(r -> r.text()).containsExactly("=3", "=4");
      assertThat(row.responses().get(0).tokens()).isEqualTo(TokenIds.of(16, 6, 2));
      assertThat(row.metadata())
          .isEqualTo(Map.of("probability", "0.9", "margin", "0.5", "gap", "0.75"));
      assertThat(pairs.sha256()).hasSize(64);
    }
  }

  @Test
  void aLabelDecidesWhichResponseIsTheBetterOne(@TempDir Path root) throws IOException {
    try (Tokenizer tokenizer = Tokenizer.open(POLICY)) {
      RunPairs pairs = RunPairs.read(run(root, "=4", 0.25, 0.5, 1), tokenizer);
      // the first is turned round, the second does not know
      assertThat(pairs.rows()).hasSize(2);
      assertThat(pairs.undecided()).isEqualTo(1);
      assertThat(pairs.at(0).responses()).extracting(r -> r.text()).containsExactly("=4", "=3");
      assertThat(pairs.at(0).metadata())
          .containsEntry("probability", "0.75")
          .containsEntry("gap", "-0.75");
      assertThat(pairs.at(1).responses()).extracting(r -> r.text()).containsExactly("=3", "=4");
      assertThat(pairs.at(1).id()).isEqualTo("step 3 pair 3");
    }
  }

  @Test
  void tokensOfAnotherTokenizerAreRefused(@TempDir Path root) throws IOException {
    try (Tokenizer tokenizer = Tokenizer.open(POLICY)) {
      Path run = run(root, "four", 1);
      assertThatThrownBy(() -> RunPairs.read(run, tokenizer))
          .isInstanceOf(ConfigException.class)
          .hasMessage(
              "data.path: step 3 pair 1: the tokens of a response are another text for"
                  + " the tokenizer of policy.path (expected: a policy with the run's tokenizer)");
    }
  }
}
