package dev.kelpie.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int BLOCKS = 4096;
  private static final int FLOATS = 12_000;

  @Test
  void trimmingGivesHolesBetweenLiveBlocksBackToTheSystem() throws IOException {
    assumeThat(Files.exists(STATUS)).as("a system that tells resident memory").isTrue();
    try (InferenceScope scope = InferenceScope.open()) {
      List<NDArray> blocks = new ArrayList<>();
      for (int i = 0; i < BLOCKS; i++) {
        blocks.add(scope.manager().ones(new Shape(FLOATS)));
      }
      for (int i = 0; i < BLOCKS; i++) {
        if (i % 64 != 0) {
          blocks.get(i).close();
        }
      }
      long kept = residentKib();
      long freed = (long) BLOCKS * FLOATS * Float.BYTES / 1024;
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (residentKib() > kept - freed / 2 && System.nanoTime() < end) {
        NativeMemory.trim();
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      }
      assertThat(residentKib()).isLessThan(kept - freed / 2);
      assertThat(blocks.get(0).toFloatArray()).hasSize(FLOATS).containsOnly(1);
    }
  }

  private static long residentKib() throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }
}
