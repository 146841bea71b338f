package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.wire.file.CorruptFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PairFilesTest {
  private static TrainedPair pair(int group, int chosen, int rejected) {
    GroupId id = new GroupId(Purpose.ROLLOUT, 7, group);
    return new TrainedPair(
        new TrainedPair.Side(id, chosen, 1, 0.225, -12.5, 0.75),
        new TrainedPair.Side(id, rejected, 0, -0.225, -14, Double.NaN, "hinted"),
        0.9,
        2,
        0.5,
        "win-rate");
  }

  @Test
  void pairsAreReadBackAndTheHashIsThatOfTheFile(@TempDir Path run) throws Exception {
    Path rollouts = Files.createDirectories(run.resolve("rollouts"));
    PairFiles files = new PairFiles(rollouts);
    List<TrainedPair> pairs = List.of(pair(0, 1, 2), pair(0, 1, 3), pair(4, 0, 1));
    String sha256 = files.write(7, pairs);
    assertThat(files.read(7)).isEqualTo(pairs);
    byte[] written = Files.readAllBytes(rollouts.resolve("step-7-pairs.arrow"));
    assertThat(sha256)
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(written)));
    assertThat(files.write(7, pairs)).isEqualTo(sha256);
  }

  /** The file was written before there were columns for variants. */
  @Test
  void sidesOfEarlierFilesAreUnderThePromptItself(@TempDir Path run) throws Exception {
    Path rollouts = Files.createDirectories(run.resolve("rollouts"));
    Files.copy(
        Path.of("src/test/resources/pairs-without-variants.arrow"),
        rollouts.resolve("step-7-pairs.arrow"));
    GroupId id = new GroupId(Purpose.ROLLOUT, 7, 4);
    assertThat(new PairFiles(rollouts).read(7))
        .containsExactly(
            new TrainedPair(
                new TrainedPair.Side(id, 1, 1, 0.225, -12.5, 0.75, ""),
                new TrainedPair.Side(id, 2, 0, -0.225, -14, Double.NaN, ""),
                0.9,
                2,
                0.5,
                "win-rate"));
  }

  @Test
  void aStepWithoutPairsHasAnEmptyFileAndAnotherStepNone(@TempDir Path run) throws Exception {
    PairFiles files = new PairFiles(Files.createDirectories(run.resolve("rollouts")));
    files.write(1, List.of());
    assertThat(files.read(1)).isEmpty();
    assertThat(files.read(2)).isEmpty();
    files.write(12, List.of(pair(0, 1, 2)));
    Files.createFile(run.resolve("rollouts/step-3.arrow"));
    assertThat(files.steps()).containsExactly(1L, 12L);
    assertThat(new PairFiles(run.resolve("nowhere")).steps()).isEmpty();
  }

  @Test
  void aTornFileIsNamed(@TempDir Path run) throws Exception {
    Path rollouts = Files.createDirectories(run.resolve("rollouts"));
    PairFiles files = new PairFiles(rollouts);
    files.write(1, List.of(pair(0, 0, 1)));
    Path file = rollouts.resolve("step-1-pairs.arrow");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> files.read(1))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("step-1-pairs.arrow");
  }
}
