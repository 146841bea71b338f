package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LanesTest {
  @ParameterizedTest
  @CsvSource({
    "true, 2, 8, 64, 2", // a lane for every thread
    "true, 4, 8, 64, 4",
    "true, 4, 3, 3, 3", // prompts are not cut
    "false, 2, 4, 16, 2", // 8 rows for each lane
    "false, 2, 4, 15, 1", // too few rows
    "false, 2, 1, 64, 1",
    "false, 4, 8, 64, 2", // two lanes at most
    "false, 1, 8, 64, 1"
  })
  void cutsABatchByItsSizeAndTheThreads(
      boolean small, int threads, int prompts, int rows, int parts) {
    try (Lanes lanes = Lanes.open(small, threads)) {
      assertThat(lanes.parts(prompts, rows)).isEqualTo(parts);
    }
  }

  @Test
  void runsPartsOnThreadsOfTheirOwnAndAWholeBatchOnTheThreadThatLoads() {
    try (Lanes lanes = Lanes.open(false, 2)) {
      Callable<String> who = () -> Thread.currentThread().getName();
      List<String> parts = lanes.callAll(new ArrayList<>(List.of(who, who)));
      assertThat(parts).doesNotHaveDuplicates().doesNotContain(lanes.call(who));
      assertThat(lanes.callAll(List.of(who))).containsExactly(lanes.call(who));
    }
  }
}
