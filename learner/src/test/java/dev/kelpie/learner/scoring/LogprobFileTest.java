package dev.kelpie.learner.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogprobFileTest {
  private static final int HEADER_BYTES = 27;

  /** Count, key, two numbers and check sum. */
  private static final int RECORD_BYTES = 4 + 32 + 8 + 4;

  private static LogprobFile open(Path file) throws IOException {
    return LogprobFile.open(file, new KeyIndex(64)).orElseThrow();
  }

  /** A key that begins with the same 8 bytes as all others. */
  private static byte[] key(int number) {
    byte[] key = new byte[LogprobFile.KEY_BYTES];
    key[8] = (byte) number;
    return key;
  }

  private static float[] numbers(int number) {
    return new float[] {-number, -number - 0.5f};
  }

  private static void write(Path path, int records) throws IOException {
    try (LogprobFile file = open(path)) {
      for (int i = 0; i < records; i++) {
        file.add(key(i), numbers(i));
      }
    }
  }

  private static int found(LogprobFile file, int records) {
    int found = 0;
    for (int i = 0; i < records; i++) {
      Optional<float[]> numbers = file.find(key(i), 2);
      found += numbers.isPresent() ? 1 : 0;
      if (numbers.isPresent()) {
        assertThat(numbers.get()).containsExactly(numbers(i));
      }
    }
    return found;
  }

  @Test
  void findsWhatWasAddedAlsoAfterItWasOpenedAgain(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("numbers");
    write(path, 3);
    assertThat(path).hasSize(HEADER_BYTES + 3 * RECORD_BYTES);
    try (LogprobFile file = open(path)) {
      assertThat(found(file, 3)).isEqualTo(3);
      assertThat(file.dropped()).isZero();
      assertThat(file.find(key(3), 2)).isEmpty();
      assertThat(file.find(key(0), 1)).isEmpty();
      file.add(key(3), numbers(3));
      assertThat(found(file, 4)).isEqualTo(4);
    }
  }

  @Test
  void isWholeUpToTheLastWholeRecordWhereverAKillHasTornIt(@TempDir Path folder)
      throws IOException {
    Path whole = folder.resolve("whole");
    write(whole, 3);
    byte[] bytes = Files.readAllBytes(whole);
    for (int length = 0; length <= bytes.length; length++) {
      Path path = folder.resolve("torn");
      Files.write(path, Arrays.copyOf(bytes, length));
      int records = Math.max(0, length - HEADER_BYTES) / RECORD_BYTES;
      try (LogprobFile file = open(path)) {
        assertThat(found(file, 3)).isEqualTo(records);
        int kept = length < HEADER_BYTES ? 0 : HEADER_BYTES + records * RECORD_BYTES;
        assertThat(file.dropped()).isEqualTo(length - kept);
        file.add(key(7), numbers(7));
      }
      try (LogprobFile file = open(path)) {
        assertThat(found(file, 8)).isEqualTo(records + 1);
        assertThat(file.dropped()).isZero();
      }
    }
  }

  @Test
  void noDamagedByteIsEverANumber(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("numbers");
    write(path, 2);
    byte[] bytes = Files.readAllBytes(path);
    for (int at = HEADER_BYTES; at < HEADER_BYTES + RECORD_BYTES; at++) {
      bytes[at] ^= 1;
      Files.write(path, bytes);
      try (LogprobFile file = open(path)) {
        assertThat(found(file, 2)).isZero(); // the second is behind the damage
        assertThat(file.dropped()).isEqualTo(2 * RECORD_BYTES);
      }
      bytes[at] ^= 1;
    }
  }

  @Test
  void aRecordThatIsDamagedWhileTheFileIsOpenIsNotFound(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("numbers");
    write(path, 2);
    try (LogprobFile file = open(path);
        FileChannel other = FileChannel.open(path, StandardOpenOption.WRITE)) {
      other.write(ByteBuffer.wrap(new byte[] {1}), HEADER_BYTES + 36);
      assertThat(file.find(key(0), 2)).isEmpty();
      assertThat(found(file, 2)).isEqualTo(1);
    }
  }

  @Test
  void aFileOfAnotherKindIsBegunAnew(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("numbers");
    Files.writeString(path, "kelpie log-probabilities 2\n and what a later version writes");
    try (LogprobFile file = open(path)) {
      assertThat(file.dropped()).isEqualTo(59);
      file.add(key(0), numbers(0));
    }
    try (LogprobFile file = open(path)) {
      assertThat(found(file, 1)).isEqualTo(1);
    }
  }

  @Test
  void oneThatIsInUseIsNotOpened(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("numbers");
    try (LogprobFile file = open(path)) {
      file.add(key(0), numbers(0));
      assertThat(LogprobFile.open(path, new KeyIndex(64))).isEmpty();
      assertThat(found(file, 1)).isEqualTo(1);
    }
  }

  @Test
  void foldersAndLinksAreRefused(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> open(Files.createDirectory(folder.resolve("numbers"))))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("a folder (expected: a file)");
    Path target = Files.writeString(folder.resolve("target"), "precious");
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    assertThatThrownBy(() -> open(link)).isInstanceOf(IOException.class);
    assertThat(target).hasContent("precious");
  }

  @Test
  void theIndexHoldsHalfAsManyPlacesAsItHasSlots(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("numbers");
    try (LogprobFile file = LogprobFile.open(path, new KeyIndex(8)).orElseThrow()) {
      for (int i = 0; i < 6; i++) {
        assertThat(file.hasRoom()).isEqualTo(i < 4);
        file.add(key(i), numbers(i));
      }
      assertThat(found(file, 6)).isEqualTo(4);
    }
    assertThat(path).hasSize(HEADER_BYTES + 4 * RECORD_BYTES);
    try (LogprobFile file = LogprobFile.open(path, new KeyIndex(4)).orElseThrow()) {
      assertThat(found(file, 6)).isEqualTo(2);
      assertThat(file.dropped()).isZero();
    }
  }

  /** Different bits for each number. */
  private static long spread(long number) {
    return number * 0x9E3779B97F4A7C15L;
  }

  @Test
  void anIndexGrowsToItsLimitAndFindsAllPlaces() {
    KeyIndex index = new KeyIndex(1 << 16);
    for (int i = 0; i < 40_000; i++) {
      index.add(spread(i), i + 1);
    }
    assertThat(index.size()).isEqualTo(1 << 15);
    for (int i = 0; i < 1 << 15; i++) {
      assertThat(index.find(spread(i), place -> true)).hasValue(i + 1);
    }
    assertThat(index.find(spread(1 << 15), place -> true)).isEmpty();
  }
}
