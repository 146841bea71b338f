package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  private final List<String> skipped = new ArrayList<>();
  private Path folder = Path.of("");
  private CheckpointStore commit = new CheckpointStore(folder);

  @BeforeEach
  void open(@TempDir Path temp) {
    folder = temp;
    commit = new CheckpointStore(temp);
  }

  @Test
  void findsTheNewestOfSeveral() throws IOException {
    save(2);
    save(10);

    CheckpointStore.Saved saved = commit.latestValid(skipped::add).orElseThrow();

    assertThat(saved.step()).isEqualTo(10);
    assertThat(saved.policySha256()).isEqualTo("hash-10");
    assertThat(saved.weightsSha256()).isEqualTo("chunks-10");
    assertThat(saved.learner().resolve("state")).hasContent("state of 10");
    assertThat(skipped).isEmpty();
  }

  @Test
  void ignoresWhatWasNeverCommitted() throws IOException {
    save(2);
    Files.writeString(commit.begin(4, "learner").resolve("state"), "half of");

    assertThat(commit.latestValid(skipped::add).orElseThrow().step()).isEqualTo(2);
    assertThat(skipped).isEmpty();
  }

  @Test
  void skipsTruncatedChangedAndMissingFilesWithAWord() throws IOException {
    for (long step = 1; step <= 5; step++) {
      save(step);
    }
    Files.writeString(folder.resolve("step-5/learner/state"), "short");
    Files.writeString(folder.resolve("step-4/learner/state"), "state of 9");
    Files.delete(folder.resolve("step-3/learner/state"));
    Files.writeString(folder.resolve("step-2/MANIFEST.json"), "{");

    assertThat(commit.latestValid(skipped::add).orElseThrow().step()).isEqualTo(1);
    assertThat(skipped).hasSize(4);
    assertThat(skipped.get(0)).contains("step-5: learner/state has 5 bytes (expected: 10)");
    assertThat(skipped.get(1)).contains("step-4: learner/state has another SHA-256");
    assertThat(skipped.get(2)).contains("step-3: learner/state is missing (expected: 10 bytes)");
    assertThat(skipped.get(3)).contains("step-2: MANIFEST.json: not readable as JSON");
  }

  @Test
  void damagedOnesKeepTheirDataAndCountNoMore() throws IOException {
    save(1);
    save(2);
    save(3);
    Files.writeString(folder.resolve("step-3/learner/state"), "short");
    Files.createDirectory(folder.resolve("damaged-step-3"));

    assertThat(commit.latestValid(skipped::add).orElseThrow().step()).isEqualTo(2);

    assertThat(skipped.get(0)).contains("it is now called damaged-step-3-2");
    assertThat(folder.resolve("damaged-step-3-2/learner/state")).hasContent("short");
    // Two are kept, and the damaged one is not one of them.
    assertThat(commit.prune(2)).isEqualTo(1);
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder("step-1", "step-2", "damaged-step-3", "damaged-step-3-2");
  }

  @Test
  void readersFindTheNewestWholeOneAndRenameNothing() throws IOException {
    save(1);
    save(2);
    save(3);
    Files.delete(folder.resolve("step-3/MANIFEST.json"));
    Files.writeString(folder.resolve("step-2/learner/state"), "short");

    Optional<CheckpointStore.Saved> newest =
        commit.newestWhole((path, reason) -> skipped.add(path.getFileName() + ": " + reason));

    assertThat(newest.orElseThrow().folder()).isEqualTo(folder.resolve("step-1"));
    assertThat(skipped.get(0))
        .isEqualTo("step-3: no MANIFEST.json (expected: a complete checkpoint)");
    assertThat(skipped.get(1)).isEqualTo("step-2: learner/state has 5 bytes (expected: 10)");
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("step-1", "step-2", "step-3");
  }

  @Test
  void refusesToGoOnWhenNoneIsWhole() throws IOException {
    save(1);
    save(2);
    Files.delete(folder.resolve("step-1/learner/state"));
    Files.writeString(folder.resolve("step-2/learner/state"), "short");

    assertThatThrownBy(() -> commit.latestValid(skipped::add))
        .hasMessage(
            folder
                + ": none of 2 checkpoints is whole; step-2: learner/state has 5 bytes (expected:"
                + " 10) (expected: files as in its MANIFEST.json)");
    assertThat(skipped).isEmpty();
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("step-1", "step-2");
  }

  @Test
  void keepsTheNewestAndReplacesTheSameStep() throws IOException {
    for (long step = 1; step <= 4; step++) {
      save(step);
    }
    save(4);

    assertThat(commit.prune(2)).isEqualTo(3);
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("step-3", "step-4");
  }

  @Test
  void findsNothingInAnEmptyFolder() {
    assertThat(commit.latestValid(skipped::add)).isEmpty();
  }

  private void save(long step) throws IOException {
    Files.writeString(commit.begin(step, "learner").resolve("state"), "state of " + step);
    commit.commit(step, "hash-" + step, "chunks-" + step);
  }
}
