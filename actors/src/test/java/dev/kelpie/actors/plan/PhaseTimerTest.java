package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.actors.plan.PhaseTimer.Phase;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PhaseTimerTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void otherIsWhatNoPhaseCovers() {
    PhaseTimer clock = new PhaseTimer(0);
    // Two workers from 1 to 4 and from 2 to 5 cover four seconds; training from 6 to 9.
    clock.span(Phase.ROLLOUT, 3, 4 * SECOND);
    clock.span(Phase.ROLLOUT, 3, 5 * SECOND);
    clock.span(Phase.UPDATE_POLICY, 3, 9 * SECOND);

    Map<String, Double> times = clock.close(10 * SECOND);

    assertThat(times)
        .containsEntry("timing_s/rollout", 4.0)
        .containsEntry("timing_s/update_policy", 3.0)
        .containsEntry("timing_s/step", 10.0)
        .doesNotContainKey("timing_s/eval");
    assertThat(times.get("timing_s/other")).isCloseTo(3.0, within(1e-9));
  }

  @Test
  void nextStepBeginsWhereThisOneEnds() {
    PhaseTimer clock = new PhaseTimer(0);
    clock.close(10 * SECOND);
    // A checkpoint that began before the step counts from the step's start.
    clock.span(Phase.CHECKPOINT, 3, 12 * SECOND);

    Map<String, Double> times = clock.close(14 * SECOND);

    assertThat(times).containsEntry("timing_s/step", 4.0).containsEntry("timing_s/checkpoint", 2.0);
  }
}
