package dev.kelpie.wire.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightStoreTest {
  private final Path folder;

  WeightStoreTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void keepsTheNewestVersions() throws IOException {
    WeightStore store = WeightStore.open(folder, 2);
    for (int version = 0; version < 4; version++) {
      store.write(weights(version));
    }
    assertThat(names())
        .containsExactlyInAnyOrder(
            "MANIFEST.json",
            "policy-v2.arrow",
            "policy-v2.arrow.chunks",
            "policy-v3.arrow",
            "policy-v3.arrow.chunks");
    assertThat(store.files()).extracting(WeightFile::version).containsExactly(v(2), v(3));
  }

  @Test
  void takesOverWhatTheManifestListsAndDeletesHalfWrittenFiles() throws IOException {
    WeightStore store = WeightStore.open(folder, 3);
    WeightFile kept = store.write(weights(1));
    WeightFile cut = store.write(weights(2));
    Files.write(cut.path(), new byte[10]);
    Files.write(folder.resolve(".policy-v3.arrow." + UUID.randomUUID()), new byte[10]);
    assertThat(WeightStore.open(folder, 3).files()).containsExactly(kept);
    assertThat(names()).noneMatch(name -> name.startsWith("."));
  }

  @Test
  void refusesWeightsThatDoNotFitBeforeItWrites() throws IOException {
    Tensor huge = new Tensor("huge", "F32", List.of(1L << 45));
    assertThatThrownBy(() -> WeightStore.open(folder, 1).write(new Weights(v(7), List.of(huge))))
        .hasMessageMatching(
            "weights v7: \\d+ MiB are free in .* \\(expected: at least \\d+ MiB\\)");
    assertThat(names()).isEmpty();
  }

  private static Weights weights(long version) {
    return new Weights(v(version), List.of(new Tensor("a", "F32", List.of(100L))));
  }

  private static PolicyVersion v(long version) {
    return new PolicyVersion(version);
  }

  private List<String> names() throws IOException {
    try (var paths = Files.list(folder)) {
      return paths.map(path -> path.getFileName().toString()).toList();
    }
  }
}
