package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.TrajectoryGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StepReportTest {
  private static Map<String, Double> describe(List<TokenIds> responses, List<Float> rewards) {
    GroupId id = new GroupId(Purpose.ROLLOUT, 1, 0);
    List<ScoredTrajectory> members = new ArrayList<>();
    for (int k = 0; k < responses.size(); k++) {
      members.add(
          new ScoredTrajectory(
              Steps.trajectory(new SampleId(id, k, 0), TokenIds.of(1), responses.get(k), 0),
              new Score(rewards.get(k), Map.of())));
    }
    TrajectoryGroup group = new TrajectoryGroup(id, members, List.of());
    StepReport report = new StepReport();
    report.describe(TrainingBatch.ofReference(1, List.of(group), Map.of()), new PolicyVersion(0));
    return report.values();
  }

  @Test
  void repetitionIsThatOfTheMeanResponse() {
    // triples 121 212 121 212: 1/2; 456: 0
    List<TokenIds> responses = List.of(TokenIds.of(1, 2, 1, 2, 1, 2), TokenIds.of(4, 5, 6));
    assertThat(describe(responses, List.of(1f, 0f)))
        .containsEntry("response_repetition/mean", 0.25);
  }

  @Test
  void lengthAndRewardCorrelateAsPearsonSays() {
    List<TokenIds> responses =
        List.of(TokenIds.of(1), TokenIds.of(1, 2), TokenIds.of(1, 2, 3), TokenIds.of(1, 2, 3, 4));
    assertThat(describe(responses, List.of(2f, 4f, 6f, 8f)).get("reward/length_correlation"))
        .isCloseTo(1, within(1e-12));
    // lengths -1.5 -0.5 0.5 1.5, rewards -0.5 0.5 -0.5 0.5: 1 / sqrt(5 x 1)
    assertThat(describe(responses, List.of(0f, 1f, 0f, 1f)).get("reward/length_correlation"))
        .isCloseTo(0.4472135954999579, within(1e-12));
  }

  @Test
  void thereIsNoCorrelationWithWhatDoesNotVary() {
    List<TokenIds> responses = List.of(TokenIds.of(1), TokenIds.of(1, 2));
    assertThat(describe(responses, List.of(1f, 1f))).doesNotContainKey("reward/length_correlation");
  }
}
