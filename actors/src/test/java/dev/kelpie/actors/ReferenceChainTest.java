package dev.kelpie.actors;

import static dev.kelpie.actors.CheckpointsTest.weights;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceChainTest {
  private static final int FILES = 2;

  private @TempDir Path temp = Path.of("");
  private KeptReferences kept = new KeptReferences(new RunFolder(temp));

  @BeforeEach
  void open() {
    kept = new KeptReferences(new RunFolder(temp));
  }

  @Test
  void whoMissedAFewIsToldOfThemInOrder() {
    ReferenceChain chain = published(20, 24);

    assertThat(orders(chain, state(22))).isEqualTo(observe(23, 24));
    assertThat(orders(chain, state(24))).isEmpty();
  }

  @Test
  void whoIsNewAtTheStartSeesEverything() {
    assertThat(orders(published(0, 1), ReferenceState.START)).isEqualTo(observe(0, 1));
  }

  @Test
  void whoHasSeenWeightsThatAreVoidGoesBackToTheCheckpoint() {
    // The learner was killed at version 27 and goes on from the checkpoint of step 20.
    ReferenceChain chain = published(20, 20);
    RunCommit.Saved checkpoint = new RunCommit.Saved(20, temp, weights(20).policySha256());

    assertThat(chain.from(state(27), Optional.of(checkpoint)).orElseThrow())
        .containsExactly(
            new ScoringWorker.RestoreReference(state(20), checkpoint.reference().toString()));
    // The same number of other weights is as wrong.
    assertThat(chain.from(new ReferenceState(20, "other"), Optional.of(checkpoint)).orElseThrow())
        .hasSize(1);
  }

  @Test
  void whoHasSeenWeightsThatAreVoidBeginsAnewWithoutACheckpoint() {
    List<ScoringWorker.Command> expected = new ArrayList<>();
    expected.add(new ScoringWorker.RestoreReference(ReferenceState.START, ""));
    expected.addAll(observe(0));

    assertThat(orders(published(0, 0), state(3))).isEqualTo(expected);
  }

  @Test
  void replacementGoesOnFromTheNewestStateThatWasKept() throws IOException {
    ReferenceChain chain = published(20, 27);
    Files.createDirectories(kept.of(state(25)));
    Files.createDirectories(kept.of(state(26)));
    RunCommit.Saved checkpoint = new RunCommit.Saved(20, temp, weights(20).policySha256());
    List<ScoringWorker.Command> expected = new ArrayList<>();
    expected.add(new ScoringWorker.RestoreReference(state(26), kept.of(state(26)).toString()));
    expected.addAll(observe(27));

    assertThat(chain.from(ReferenceState.START, Optional.of(checkpoint)).orElseThrow())
        .isEqualTo(expected);
  }

  @Test
  void nothingIsMadeUpWhenVersionsAreMissing() {
    ReferenceChain chain = published(20, 27);
    RunCommit.Saved checkpoint = new RunCommit.Saved(20, temp, weights(20).policySha256());

    assertThat(chain.from(ReferenceState.START, Optional.of(checkpoint))).isEmpty();
    assertThat(chain.from(state(24), Optional.of(checkpoint))).isEmpty();
    assertThat(chain.lost(state(24))).contains("at version 24").contains("--resume");
  }

  @Test
  void keptStatesAreWholeAndFew() {
    for (long version = 1; version <= 4; version++) {
      kept.keep(state(version), folder -> write(folder, "state"));
    }
    assertThat(temp.resolve("reference").toFile().list())
        .containsExactlyInAnyOrder(state(3).folderName(), state(4).folderName());
    // One that is there stays as it is.
    kept.save(state(4), kept.of(state(4)), folder -> write(folder, "other"));
    assertThat(kept.of(state(4)).resolve("state.txt")).hasContent("state");
    assertThat(kept.rename(state(4), state(5))).isTrue();
    assertThat(kept.has(state(5))).isTrue();
    assertThat(kept.has(state(4))).isFalse();
    assertThat(kept.rename(state(8), state(9))).isFalse();
    kept.clear();
    assertThat(temp).isEmptyDirectory();
  }

  @Test
  void partOfACheckpointThatIsGoneIsNoTrouble() {
    kept.save(state(4), temp.resolve("gone/part"), folder -> write(folder, "state"));

    assertThat(temp.resolve("gone")).doesNotExist();
    assertThat(temp.resolve("reference")).isEmptyDirectory();
  }

  private static void write(Path folder, String text) {
    try {
      Files.writeString(folder.resolve("state.txt"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ReferenceChain published(long from, long to) {
    ReferenceChain chain = new ReferenceChain(new RunFolder(temp), FILES);
    for (long version = from; version <= to; version++) {
      assertThat(chain.add(weights(version))).isEqualTo(version == from);
    }
    return chain;
  }

  private static List<ScoringWorker.Command> orders(ReferenceChain chain, ReferenceState state) {
    return chain.from(state, Optional.empty()).orElseThrow();
  }

  private static ReferenceState state(long version) {
    return ReferenceState.after(weights(version));
  }

  private static List<ScoringWorker.Command> observe(long... versions) {
    return LongStream.of(versions)
        .mapToObj(version -> (ScoringWorker.Command) new ScoringWorker.Observe(weights(version)))
        .toList();
  }
}
