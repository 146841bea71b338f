package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.model.ParityTally;
import dev.kelpie.model.ReferenceArrays;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Whole steps of the learner against torch: credit, losses, clipping and AdamW over two epochs. The
 * numbers are written by {@code scripts/parity/learner_steps.py}.
 */
@ExtendWith(ParityTally.class)
class LearnerParityTest {
  private static final Path POLICY = Path.of("src/test/resources/llama-gqa");

  @Test
  void aGrpoStepEqualsTorch() {
    Experiment experiment =
        Steps.experiment(
            POLICY,
            Steps.grpo(new KlOptions(0.04, "k3", KlOptions.Place.LOSS, 0, 10_000), 0.01),
            Steps.value(ValueOptions.Kind.NONE),
            Steps.learner(1, 2, 8192));
    compare(experiment, "grpo");
  }

  @Test
  void aPpoStepEqualsTorch() {
    Experiment experiment =
        Steps.experiment(
            POLICY,
            Steps.gae(new KlOptions(0.05, "k1", KlOptions.Place.REWARD, 0, 10_000)),
            Steps.value(ValueOptions.Kind.SEPARATE),
            Steps.learner(1, 2, 30));
    compare(experiment, "ppo");
  }

  private static void compare(Experiment experiment, String name) {
    try (ReferenceArrays expected = ReferenceArrays.open(POLICY);
        Learner learner = Learner.open(experiment)) {
      StepMetrics metrics = learner.train(batch(expected)).metrics();
      float[] numbers = expected.floats(name + ".numbers");
      assertThat(metrics.get("policy/loss")).isCloseTo(numbers[0], within(1e-4));
      assertThat(metrics.get("policy/grad_norm")).isCloseTo(numbers[1], within(1e-4 * numbers[1]));
      if (name.equals("ppo")) {
        float[] value = expected.floats("ppo.value_numbers");
        assertThat(metrics.get("value/loss")).isCloseTo(value[0], within(1e-4));
        assertThat(metrics.get("value/grad_norm")).isCloseTo(value[1], within(1e-4 * value[1]));
      }
      Map<String, float[]> weights = LearnerTest.weights(learner.snapshot());
      List<String> names = expected.names(name + ".model.");
      assertThat(names).hasSize(3);
      for (String parameter : names) {
        assertThat(weights.get(parameter.substring(name.length() + 1)))
            .as(parameter)
            .containsExactly(expected.floats(parameter), within(1e-4f));
      }
    }
  }

  private static TrainingBatch batch(ReferenceArrays expected) {
    long[] prompts = expected.longs("prompts");
    long[] tokens = expected.longs("tokens");
    float[] rewards = expected.floats("rewards");
    int rows = rewards.length;
    int groups = 2;
    Map<SampleId, PerToken> reference = new HashMap<>();
    List<TrajectoryGroup> all = new ArrayList<>();
    for (int g = 0; g < groups; g++) {
      GroupId id = new GroupId(Purpose.ROLLOUT, 1, g);
      List<ScoredTrajectory> members = new ArrayList<>();
      for (int k = 0; k < rows / groups; k++) {
        int row = g * (rows / groups) + k;
        TokenIds response = row(tokens, rows, row);
        SampleId sample = new SampleId(id, k, 0);
        float[] numbers = expected.floats("reference", row);
        reference.put(sample, PerToken.of(Arrays.copyOf(numbers, response.length())));
        members.add(
            new ScoredTrajectory(
                Steps.trajectory(sample, row(prompts, groups, g), response, 0),
                new Score(rewards[row], Map.of())));
      }
      all.add(new TrajectoryGroup(id, members, List.of()));
    }
    return TrainingBatch.ofReference(1, all, reference);
  }

  /** A row of a padded matrix, without its -1. */
  private static TokenIds row(long[] matrix, int rows, int row) {
    int width = matrix.length / rows;
    return TokenIds.of(
        Arrays.stream(matrix, row * width, (row + 1) * width).filter(id -> id >= 0).toArray());
  }
}
