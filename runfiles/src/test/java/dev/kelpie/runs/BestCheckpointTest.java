package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BestCheckpointTest {
  @TempDir private Path temp = Path.of("");

  @Test
  void bestOutlivesTheCheckpointThatItWasAndHasOneSuccessor() throws IOException {
    CheckpointStore store = new CheckpointStore(temp);
    BestCheckpoint best = new BestCheckpoint(temp);
    save(store, 1);
    best.keep(1);
    save(store, 2);
    save(store, 3);
    store.prune(1);

    assertThat(best.find()).contains(temp.resolve("best-step-1"));
    assertThat(temp.resolve("step-1")).doesNotExist();
    assertThat(CheckpointStore.manifest(temp.resolve("best-step-1")).damages()).isEmpty();
    assertThat(temp.resolve("best-step-1/learner/weights")).hasContent("weights of 1");
    // a best checkpoint is none to resume from
    assertThat(store.newestFirst()).containsExactly(temp.resolve("step-3"));

    best.keep(3);
    best.keep(3);

    assertThat(best.find()).contains(temp.resolve("best-step-3"));
    assertThat(best.of(3)).contains(temp.resolve("best-step-3"));
    assertThat(best.of(1)).isEmpty();
    assertThat(temp.toFile().list()).containsExactlyInAnyOrder("step-3", "best-step-3");
  }

  @Test
  void remainsOfAKillAreReplaced() throws IOException {
    CheckpointStore store = new CheckpointStore(temp);
    BestCheckpoint best = new BestCheckpoint(temp);
    save(store, 1);
    best.keep(1);
    save(store, 2);
    Files.createDirectories(temp.resolve(".best-step-2/learner"));
    Files.writeString(temp.resolve(".best-step-2/learner/weights"), "half");

    best.keep(2);

    assertThat(temp.resolve("best-step-2/learner/weights")).hasContent("weights of 2");
    assertThat(temp.toFile().list()).containsExactlyInAnyOrder("step-1", "step-2", "best-step-2");
  }

  @Test
  void runThatContinuesBeforeItHasNoneOfALaterStep() throws IOException {
    CheckpointStore store = new CheckpointStore(temp);
    BestCheckpoint best = new BestCheckpoint(temp);
    save(store, 4);
    best.keep(4);

    best.rewind(4);
    assertThat(best.find()).isPresent();
    best.rewind(3);
    assertThat(best.find()).isEmpty();
    assertThat(temp.resolve("step-4")).isDirectory();
  }

  private static void save(CheckpointStore store, long step) throws IOException {
    Files.writeString(store.begin(step, "learner").resolve("weights"), "weights of " + step);
    store.commit(step, "ab".repeat(32), "cd".repeat(32));
  }
}
