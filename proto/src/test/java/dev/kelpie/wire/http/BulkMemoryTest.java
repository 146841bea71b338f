package dev.kelpie.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.arrow.MappedWeights;
import dev.kelpie.wire.arrow.Samples;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import dev.kelpie.wire.arrow.WeightFile;
import dev.kelpie.wire.arrow.WeightStore;
import dev.kelpie.wire.arrow.Weights;
import dev.kelpie.wire.arrow.WeightsArrow;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BulkMemoryTest {
  private final Path folder;

  BulkMemoryTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void threeRoundsLeaveNothingMapped() throws IOException {
    List<Trajectory> trajectories =
        IntStream.range(0, 300).mapToObj(i -> Samples.trajectory(i / 8, i % 8, 20)).toList();
    long before = mapped();
    for (int round = 0; round < 3; round++) {
      Path unit = TrajectoryArrow.write(folder.resolve("unit.arrow"), trajectories).path();
      TrajectoryArrow.read(unit);
      Path weights = WeightsArrow.write(folder.resolve("w.arrow"), Weights.megabytes(1, 2)).path();
      try (MappedWeights open = WeightsArrow.open(weights)) {
        open.verify();
        assertThat(mapped()).isGreaterThan(before);
      }
      byte[] bytes = Files.readAllBytes(weights);
      Files.write(folder.resolve("cut.arrow"), Arrays.copyOf(bytes, bytes.length / 2));
      try (MappedWeights open = WeightsArrow.open(folder.resolve("cut.arrow"))) {
        assertThat(open).isNull();
      } catch (CorruptFileException e) {
        assertThat(mapped()).isEqualTo(before);
      }
      assertThat(mapped()).isEqualTo(before);
    }
  }

  private static long mapped() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("mapped"))
        .mapToLong(BufferPoolMXBean::getCount)
        .sum();
  }

  @Test
  @Tag("slow")
  void twoHundredMegabytesNeedASmallHeapAndThreeRoundsNoMoreThanOne() throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Rounds.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("child.log").toFile())
            .start();
    int status = child.waitFor();
    String log = Files.readString(folder.resolve("child.log"));
    assertThat(status).as(log).isZero();
    Path figures = folder.resolve("anonymous-kib");
    Assumptions.assumeTrue(Files.exists(figures), "this system has no /proc/self/status");
    List<Long> kib = Files.readAllLines(figures).stream().map(Long::valueOf).toList();
    // Measured: 94, 112, 114 and 115 MiB. A leak of four chunks a round would be 16 MiB each.
    assertThat(kib.get(0)).isLessThan(250_000);
    assertThat(kib.get(3) - kib.get(1)).isLessThan(16_000);
  }

  /** Writes, maps, verifies and reads 200 MB four times. */
  static final class Rounds {
    private Rounds() {}

    public static void main(String[] args) throws IOException {
      Path folder = Path.of(args[0]);
      StringBuilder figures = new StringBuilder();
      WeightStore store = WeightStore.open(folder, 1);
      for (int round = 0; round < 4; round++) {
        WeightFile file = store.write(Weights.megabytes(round, 200));
        try (MappedWeights weights = WeightsArrow.open(file.path())) {
          weights.verify();
          for (Tensor tensor : weights.tensors()) {
            weights.read(tensor, 1 << 20, chunk -> {});
          }
        }
        Path status = Path.of("/proc/self/status");
        if (Files.exists(status)) {
          figures.append(anonymousKib(status)).append('\n');
        }
      }
      if (!figures.isEmpty()) {
        Files.writeString(folder.resolve("anonymous-kib"), figures, StandardCharsets.UTF_8);
      }
    }

    private static String anonymousKib(Path status) throws IOException {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("RssAnon:"))
          .map(line -> line.replaceAll("\\D", ""))
          .findFirst()
          .orElseThrow();
    }
  }
}
