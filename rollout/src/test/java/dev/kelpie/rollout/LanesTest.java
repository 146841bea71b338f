package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LanesTest {
  private static final long SMALL = 1_000_000;
  private static final long LARGE = 135_000_000;

  @ParameterizedTest
  @CsvSource({
    SMALL + ", 2, 8, 64, 2", // a lane for every thread
    SMALL + ", 4, 8, 64, 4",
    SMALL + ", 4, 3, 3, 3", // prompts are not cut
    LARGE + ", 2, 4, 16, 2", // 8 rows for each lane
    LARGE + ", 2, 4, 15, 1", // too few rows
    LARGE + ", 2, 1, 64, 1",
    LARGE + ", 4, 8, 64, 2", // two lanes at most
    LARGE + ", 1, 8, 64, 1"
  })
  void cutsABatchByItsSizeAndTheThreads(
      long parameters, int threads, int prompts, int rows, int parts) {
    try (Lanes lanes = Lanes.open(parameters, threads)) {
      assertThat(lanes.parts(prompts, rows)).isEqualTo(parts);
    }
  }

  @Test
  void runsPartsOnThreadsOfTheirOwnAndAWholeBatchOnTheThreadThatLoads() {
    try (Lanes lanes = Lanes.open(LARGE, 2)) {
      Callable<String> who = () -> Thread.currentThread().getName();
      List<String> parts = lanes.callAll(new ArrayList<>(List.of(who, who)));
      assertThat(parts).doesNotHaveDuplicates().doesNotContain(lanes.call(who));
      assertThat(lanes.callAll(List.of(who))).containsExactly(lanes.call(who));
    }
  }
}
