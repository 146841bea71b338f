package dev.kelpie.actors.plan;

import static dev.kelpie.actors.CheckpointSavingTest.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.actors.work.ReferenceSnapshots;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceCatchUpTest {
  private static final int FILES = 2;

  private @TempDir Path temp = Path.of("");
  private ReferenceSnapshots kept = new ReferenceSnapshots(new RunFolder(temp));

  @BeforeEach
  void open() {
    kept = new ReferenceSnapshots(new RunFolder(temp));
  }

  @Test
  void whoMissedAFewIsToldOfThemInOrder() {
    ReferenceCatchUp chain = published(20, 24);

    assertThat(orders(chain, state(22))).isEqualTo(observe(23, 24));
    assertThat(orders(chain, state(24)).observe()).isEmpty();
  }

  @Test
  void whoIsNewAtTheStartSeesEverything() {
    assertThat(orders(published(0, 1), ReferenceState.START)).isEqualTo(observe(0, 1));
  }

  @Test
  void whoHasSeenWeightsThatAreVoidGoesBackToTheCheckpoint() {
    // The learner was killed at version 27 and goes on from the checkpoint of step 20.
    ReferenceCatchUp chain = published(20, 20);
    CheckpointStore.Saved checkpoint =
        new CheckpointStore.Saved(20, temp, "", weights(20).weightsSha256());

    assertThat(chain.from(state(27), Optional.of(checkpoint)))
        .isEqualTo(restored(state(20), Optional.of(checkpoint.reference())));
    // The same number of other weights is as wrong.
    assertThat(chain.from(new ReferenceState(20, "other"), Optional.of(checkpoint)))
        .isEqualTo(restored(state(20), Optional.of(checkpoint.reference())));
  }

  @Test
  void whoHasSeenWeightsThatAreVoidBeginsAnewWithoutACheckpoint() {
    assertThat(orders(published(0, 0), state(3)))
        .isEqualTo(restored(ReferenceState.START, Optional.empty(), 0));
  }

  @Test
  void replacementGoesOnFromTheNewestStateThatWasKept() throws IOException {
    ReferenceCatchUp chain = published(20, 27);
    Files.createDirectories(kept.of(state(25)));
    Files.createDirectories(kept.of(state(26)));
    CheckpointStore.Saved checkpoint =
        new CheckpointStore.Saved(20, temp, "", weights(20).weightsSha256());
    assertThat(chain.from(ReferenceState.START, Optional.of(checkpoint)))
        .isEqualTo(restored(state(26), Optional.of(kept.of(state(26))), 27));
  }

  @Test
  void nothingIsMadeUpWhenVersionsAreMissing() {
    ReferenceCatchUp chain = published(20, 27);
    CheckpointStore.Saved checkpoint =
        new CheckpointStore.Saved(20, temp, "", weights(20).weightsSha256());

    assertThatThrownBy(() -> chain.from(ReferenceState.START, Optional.of(checkpoint)))
        .isInstanceOf(CannotContinue.class)
        .hasMessageContaining("(opened anew)");
    assertThatThrownBy(() -> chain.from(state(24), Optional.of(checkpoint)))
        .isInstanceOf(CannotContinue.class)
        .hasMessageContaining("at version 24")
        .hasMessageContaining("--resume");
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
    assertThat(kept.find(state(5))).isPresent();
    assertThat(kept.find(state(4))).isEmpty();
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

  private ReferenceCatchUp published(long from, long to) {
    ReferenceCatchUp chain = new ReferenceCatchUp(kept::find, FILES);
    for (long version = from; version <= to; version++) {
      assertThat(chain.add(weights(version))).isEqualTo(version == from);
    }
    return chain;
  }

  private static ReferenceCatchUp.Orders orders(ReferenceCatchUp chain, ReferenceState state) {
    return chain.from(state, Optional.empty());
  }

  private static ReferenceState state(long version) {
    return ReferenceState.after(weights(version));
  }

  private static ReferenceCatchUp.Orders observe(long... versions) {
    return new ReferenceCatchUp.Orders(Optional.empty(), published(versions));
  }

  private static ReferenceCatchUp.Orders restored(
      ReferenceState state, Optional<Path> folder, long... versions) {
    return new ReferenceCatchUp.Orders(
        Optional.of(new ReferenceCatchUp.Restore(state, folder)), published(versions));
  }

  private static List<PublishedWeights> published(long... versions) {
    return LongStream.of(versions).mapToObj(version -> weights(version)).toList();
  }
}
