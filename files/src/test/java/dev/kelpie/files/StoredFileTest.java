package dev.kelpie.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredFileTest {
  private static final long GIBIBYTE = 1L << 30;

  @Test
  void refusesAFileThatIsMostlyHoles(@TempDir Path folder) throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/du")));
    Path file = folder.resolve("-a b");
    try (RandomAccessFile holes = new RandomAccessFile(file.toFile(), "rw")) {
      holes.setLength(GIBIBYTE);
    }
    assertThat(StoredFile.problem(file, GIBIBYTE).orElse(""))
        .startsWith("1073741824 bytes, though its disk has stored only ")
        .endsWith("(expected: a file without holes)");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    assertThat(StoredFile.problem(link, GIBIBYTE)).isPresent();
  }

  @Test
  void takesAFileWithDataThatItsDiskDoesNotCount(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a");
    byte[] data = new byte[1 << 20];
    Arrays.fill(data, (byte) 1);
    Files.write(file, data);
    // the size is made up: the disk has stored less than a quarter of it, and all of it is data
    assertThat(StoredFile.problem(file, GIBIBYTE)).isEmpty();
    Files.write(file, new byte[1 << 20]);
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/du")));
    assertThat(StoredFile.problem(file, GIBIBYTE).orElse("")).contains("stored only 1048576 ");
  }

  @Test
  void takesSmallFilesWithHoles(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a");
    try (RandomAccessFile holes = new RandomAccessFile(file.toFile(), "rw")) {
      holes.setLength(GIBIBYTE - 1);
    }
    assertThat(StoredFile.problem(file, GIBIBYTE - 1)).isEmpty();
  }

  @Test
  void takesAFileOfWhichAQuarterIsStored(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a");
    byte[] chunk = new byte[1 << 20];
    try (RandomAccessFile holes = new RandomAccessFile(file.toFile(), "rw")) {
      for (int i = 0; i < 257; i++) {
        holes.write(chunk);
      }
      holes.setLength(GIBIBYTE);
    }
    assertThat(StoredFile.problem(file, GIBIBYTE)).isEmpty();
  }
}
