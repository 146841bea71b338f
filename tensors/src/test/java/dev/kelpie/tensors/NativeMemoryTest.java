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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int FLOATS = 12_000;

  @Test
  void trimmingGivesFreedBlocksBackToTheSystem() throws IOException {
    trims(1024, Duration.ofSeconds(5));
  }

  /** Much memory takes the system a while when others use the machine. */
  @Test
  @Tag("slow")
  void trimmingGivesManyFreedBlocksBackToTheSystem() throws IOException {
    trims(4096, Duration.ofSeconds(60));
  }

  /** Frees all but every 64th of {@code count} blocks: at least half of that must be given back. */
  private static void trims(int count, Duration patience) throws IOException {
    assumeThat(Files.exists(STATUS)).as("a system that reports resident memory").isTrue();
    try (InferenceScope scope = InferenceScope.open()) {
      List<NDArray> blocks = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        blocks.add(scope.manager().ones(new Shape(FLOATS)));
      }
      for (int i = 0; i < count; i++) {
        if (i % 64 != 0) {
          blocks.get(i).close();
        }
      }
      long kept = residentKib();
      long freed = (long) count * FLOATS * Float.BYTES / 1024;
      long end = System.nanoTime() + patience.toNanos();
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
