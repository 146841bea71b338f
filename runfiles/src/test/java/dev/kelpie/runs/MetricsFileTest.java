package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsFileTest {
  private final List<StepMetrics> kept = new ArrayList<>();
  private Path file = Path.of("");

  @BeforeEach
  void open(@TempDir Path temp) {
    file = temp.resolve("metrics.jsonl");
  }

  @Test
  void continuesAfterTheStepOfTheCheckpoint() throws IOException {
    try (MetricsFile metrics = MetricsFile.open(file, 0, kept::add)) {
      for (long step = 1; step <= 3; step++) {
        metrics.write(step(step));
      }
    }
    assertThat(kept).isEmpty();
    String before = Files.readAllLines(file).get(1);

    try (MetricsFile metrics = MetricsFile.open(file, 2, kept::add)) {
      metrics.write(step(3));
    }

    assertThat(kept).containsExactly(step(1), step(2));
    assertThat(Files.readAllLines(file)).hasSize(3).contains(before);
    assertThat(file.resolveSibling(".").toFile().list()).containsExactly("metrics.jsonl");
  }

  @Test
  void dropsATornLineAndADamagedOneAndKeepsOneThatOnlyLacksItsEnd() throws IOException {
    Files.writeString(file, "{\"step\":1,\"a/b\":2.0}\n{\"a/b\":2.0}\n{\"step\":2,\"a/b\":4.0}");
    MetricsFile.open(file, 5, kept::add).close();
    assertThat(kept).containsExactly(step(1), step(2));
    Files.writeString(file, "{\"step\":3,\"a/", StandardOpenOption.APPEND);
    MetricsFile.open(file, 5, metrics -> {}).close();
    assertThat(Files.readAllLines(file))
        .containsExactly("{\"step\":1,\"a/b\":2.0}", "{\"step\":2,\"a/b\":4.0}");
  }

  @Test
  void aNumberThatDoesNotExistIsNull() throws IOException {
    try (MetricsFile metrics = MetricsFile.open(file, 0, kept::add)) {
      metrics.write(new StepMetrics(1, Map.of("a/b", Double.NaN)));
    }
    assertThat(Files.readString(file)).contains("\"a/b\":null");
    MetricsFile.open(file, 1, kept::add).close();
    assertThat(kept.get(0).values()).containsEntry("a/b", Double.NaN);
  }

  private static StepMetrics step(long step) {
    return new StepMetrics(step, Map.of("a/b", 2.0 * step));
  }
}
