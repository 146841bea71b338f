package dev.kelpie.wire.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.Trajectory;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArrowListingTest {
  private final Path folder;

  ArrowListingTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void tellsKindColumnsAndFirstRows() {
    ArrowListing listing = ArrowListing.of(trajectories(600), 2);
    assertThat(listing.kind()).contains("trajectories");
    assertThat(listing.formatVersion()).contains("1");
    assertThat(listing.rows()).isEqualTo(600);
    assertThat(listing.batches()).isEqualTo(3);
    assertThat(listing.problem()).isEmpty();
    assertThat(listing.columns())
        .contains(
            new ArrowListing.Column("step", "int64", false),
            new ArrowListing.Column("response_tokens", "list<int32>", false),
            new ArrowListing.Column("metadata", "map<text, text>", false),
            new ArrowListing.Column("answer", "text", true));
    assertThat(listing.first()).hasSize(2);
    Trajectory second = Samples.trajectory(1, 1, 5);
    assertThat(listing.first().get(1))
        .containsEntry("response", second.text())
        .containsEntry("metadata", Map.of("level", "2", "source", "made", "empty", ""))
        .containsEntry(
            "response_tokens", Arrays.stream(second.response().toArray()).boxed().toList());
    assertThat(listing.first().get(0)).containsEntry("answer", null);
  }

  @Test
  void tellsOnlyTheNumberOfBytesOfWeights() {
    Path file = WeightsArrow.write(folder.resolve("w.arrow"), Weights.small(3)).path();
    ArrowListing listing = ArrowListing.of(file, 1);
    assertThat(listing.kind()).contains("weights");
    assertThat(listing.metadata()).containsEntry("version", "3").containsKey("weights-sha256");
    // a.norm: seven float32
    assertThat(listing.first().get(0)).containsEntry("bytes", new ArrowListing.Binary(28));
  }

  @Test
  void readsTheWholeBatchesOfAFileThatWasCut() throws IOException {
    Path file = trajectories(600);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length * 9 / 10));
    ArrowListing listing = ArrowListing.of(file, 1);
    assertThat(listing.problem().orElse("")).startsWith(file + ": ").contains("footer");
    // batches have 256 rows; the third, of 88, lacks its end
    assertThat(listing.rows()).isEqualTo(512);
    assertThat(listing.columns()).hasSizeGreaterThan(10);
    assertThat(listing.first()).hasSize(1);
  }

  @Test
  void refusesWhatIsNoArrowFileInOneLine() throws IOException {
    Path file = folder.resolve("x.arrow");
    for (int bytes : new int[] {0, 7, 8, 100, 5000}) {
      byte[] noise = new byte[bytes];
      new Random(bytes).nextBytes(noise);
      Files.write(file, noise);
      assertThatThrownBy(() -> ArrowListing.of(file, 1))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageStartingWith(file + ": ")
          .extracting(e -> String.valueOf(e.getMessage()).lines().count())
          .isEqualTo(1L);
    }
  }

  @Test
  void findsLengthsThatCannotBeWithoutTakingMemoryForThem() throws IOException {
    Path file = trajectories(5);
    byte[] bytes = Files.readAllBytes(file);
    bytes[12] = (byte) 0xff; // the schema message's length
    bytes[13] = (byte) 0xff;
    bytes[14] = (byte) 0xff;
    bytes[15] = 0x7f;
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 4));
    assertThatThrownBy(() -> ArrowListing.of(file, 1)).isInstanceOf(CorruptFileException.class);
  }

  @Test
  void survivesAnyBytesThatAreWrong() throws IOException {
    byte[] whole = Files.readAllBytes(trajectories(20));
    Random random = new Random(5);
    Path file = folder.resolve("x.arrow");
    int readable = 0;
    for (int round = 0; round < 500; round++) {
      byte[] bytes = whole.clone();
      for (int i = 0; i <= round % 4; i++) {
        // the schema at the start and the footer at the end are where it hurts
        int at = random.nextInt(3000);
        bytes[random.nextBoolean() ? at : bytes.length - 1 - at] = (byte) random.nextInt();
      }
      Files.write(file, bytes);
      try {
        ArrowListing listing = ArrowListing.of(file, 3);
        assertThat(listing.rows()).isNotNegative();
        readable++;
      } catch (CorruptFileException e) {
        assertThat(e).hasMessageStartingWith(file + ": ");
      }
    }
    assertThat(readable).isPositive();
  }

  private Path trajectories(int count) {
    List<Trajectory> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(Samples.trajectory(i, i % 2, 5));
    }
    return TrajectoryArrow.write(folder.resolve("unit.arrow"), rows).path();
  }
}
