package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.file.FileTicket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EvalMetricsTest {
  @Test
  void scorersThatAreOnlyEvaluatedHaveNumbersOfTheirOwn() {
    EvalMetrics metrics = new EvalMetrics();
    metrics.add(
        unit(
            new RewardOutcome.Scored(
                new Score(1, Map.of("it", 1f, "held-out: gold", 7f, "held-out: gold/failed", 0f))),
            new RewardOutcome.Scored(new Score(3, Map.of("it", 3f, "held-out: gold/failed", 1f))),
            new RewardOutcome.Failed("no")),
        false);
    assertThat(metrics.values())
        .isEqualTo(
            Map.of(
                "eval/reward/mean", 2.0,
                "eval/reward/it", 2.0,
                "eval/scorer/gold/mean", 7.0,
                "eval/scorer/gold/failed", 1.0,
                "eval/samples", 2.0,
                "eval/failed", 1.0));
  }

  private static ScoredUnit unit(RewardOutcome... outcomes) {
    return new ScoredUnit(
        new UnitId(Purpose.EVAL, 1, 0, 0),
        new FileTicket("/x", "", 1, "0123456789abcdef".repeat(4)),
        List.of(outcomes),
        Optional.empty());
  }
}
