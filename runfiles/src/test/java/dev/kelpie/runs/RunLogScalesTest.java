package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.reward.Scale;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What rewards are normalised by, step by step, in a run that is killed and resumed. */
class RunLogScalesTest {
  private static final Map<String, Scale> FIRST = Map.of("rm", new Scale(8, 0.1 + 0.2, 3.5));
  private static final Map<String, Scale> THIRD = Map.of("rm", new Scale(16, -1.0 / 3, 7));

  @Test
  void aResumedRunHasThoseOfTheStepsBeforeItsCheckpoint(@TempDir Path folder) {
    try (RunLog log = RunLog.open(folder, 0, 0, 1)) {
      assertThat(log.scales(5)).isEmpty();
      log.scaled(1, FIRST);
      log.scaled(3, THIRD);
      assertThat(log.scales(0)).isEmpty();
      assertThat(log.scales(1)).isEqualTo(FIRST);
      assertThat(log.scales(2)).isEqualTo(FIRST);
      assertThat(log.scales(9)).isEqualTo(THIRD);
    }
    try (RunLog log = RunLog.open(folder, 0, 3, 1)) {
      assertThat(log.scales(3)).isEqualTo(THIRD);
    }
    try (RunLog log = RunLog.open(folder, 0, 2, 1)) {
      assertThat(log.scales(3)).isEqualTo(FIRST);
      log.scaled(3, THIRD);
    }
    try (RunLog log = RunLog.open(folder, 0, 0, 1)) {
      assertThat(log.scales(3)).isEmpty();
    }
  }

  @Test
  void thoseThatStepsAfterTheOldestCheckpointNeedAreKept(@TempDir Path folder) {
    try (RunLog log = RunLog.open(folder, 2, 0, 1)) {
      for (int step = 1; step <= 6; step++) {
        log.scaled(step, Map.of("rm", new Scale(step, 0, 0)));
      }
      log.checkpointed(6, 5);
      // Step 6 is the first that may be trained again, and is normalised by step 6 - 1 - 2.
      assertThat(log.scales(3)).isEqualTo(Map.of("rm", new Scale(3, 0, 0)));
      assertThat(log.scales(1)).isEmpty();
    }
  }
}
