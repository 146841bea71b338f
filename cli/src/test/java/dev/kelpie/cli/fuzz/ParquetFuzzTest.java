package dev.kelpie.cli.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.rollout.rows.ReadProgress;
import dev.kelpie.rollout.rows.RowColumns;
import dev.kelpie.rollout.rows.RowFile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parquet files of strangers: cut, changed, with other bytes. They are rows, or one clear line. */
class ParquetFuzzTest {
  private static final Path FOLDER = Path.of("../rollout/src/test/resources/parquet");
  private static final List<String> LAYOUTS = List.of("gzip", "zstd", "snappy", "plain", "delta");

  /** Each page of this one has a check sum. */
  private static final String CHECKED = "snappy";

  private static final int ROWS = 300;
  private static final long MOST_BYTES = 512L << 20;
  private static final RowColumns COLUMNS =
      new RowColumns(
          Set.of("id", "prompt", "chosen", "rejected", "responses", "scores", "label", "level"),
          MetadataColumns.NONE);
  private static final List<String> WORDS =
      List.of(
          "PAR1",
          "PARE",
          "\0",
          "\0\0\0\0",
          "\1",
          "\2",
          "\3",
          "\25",
          "\26",
          "\31",
          "\34",
          "\54",
          "\177",
          "\u00ff",
          "prompt",
          "chosen",
          "list",
          "element",
          "schema",
          "\0\0\0\177");

  @Test
  void filesAreReadOrRefusedAndNeedLittleMemory(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("x.parquet");
    List<byte[]> valid = new ArrayList<>();
    for (String layout : LAYOUTS) {
      valid.add(Files.readAllBytes(FOLDER.resolve(layout + ".parquet")));
    }
    new Fuzz(valid, WORDS)
        .run(
            input -> {
              Files.write(file, input);
              long before = allocated();
              try {
                assertThat(rows(file)).hasSizeLessThanOrEqualTo(ROWS);
              } finally {
                assertThat(allocated() - before).as("bytes for it").isLessThan(MOST_BYTES);
              }
            },
            ConfigException.class);
  }

  /** Bytes at the end, where the footer is, are changed more often than those of pages. */
  @Test
  void aFooterWithOtherBytesIsReadOrRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("x.parquet");
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 120; i++) {
      byte[] bytes = Files.readAllBytes(FOLDER.resolve(LAYOUTS.get(i % 5) + ".parquet"));
      int footer = footer(bytes);
      for (int change = 0; change <= i % 2; change++) {
        bytes[footer + random.nextInt(bytes.length - 8 - footer)] ^=
            (byte) (1 + random.nextInt(255));
      }
      Files.write(file, bytes);
      long before = allocated();
      try {
        rows(file);
      } catch (ConfigException e) {
        assertThat(e.getMessage())
            .contains("x.parquet")
            .doesNotContain("\n", "org.apache", "java.");
      }
      assertThat(allocated() - before).as("bytes for it").isLessThan(MOST_BYTES);
    }
  }

  @Test
  void aFileThatIsCutAnywhereIsRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("x.parquet");
    for (String layout : LAYOUTS) {
      byte[] whole = Files.readAllBytes(FOLDER.resolve(layout + ".parquet"));
      for (int length = 0; length < whole.length; length += 1 + whole.length / 25) {
        Files.write(file, Arrays.copyOf(whole, length));
        assertThatThrownBy(() -> rows(file))
            .isInstanceOf(ConfigException.class)
            .hasMessageContaining("x.parquet: ");
      }
    }
  }

  @Test
  void anotherByteWithinPagesWithCheckSumsIsRefusedOrChangesNoRow(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("x.parquet");
    byte[] whole = Files.readAllBytes(FOLDER.resolve(CHECKED + ".parquet"));
    List<String> expected = rows(FOLDER.resolve(CHECKED + ".parquet"));
    assertThat(expected).hasSize(ROWS);
    SplittableRandom random = new SplittableRandom(5);
    int refused = 0;
    for (int i = 0; i < 100; i++) {
      byte[] bytes = whole.clone();
      int at = 4 + random.nextInt(footer(whole) - 4);
      bytes[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, bytes);
      try {
        assertThat(rows(file)).as("byte %s", at).isEqualTo(expected);
      } catch (ConfigException e) {
        assertThat(e.getMessage()).contains("x.parquet: broken Parquet data in row group ");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(70);
  }

  /** Where the footer begins. */
  private static int footer(byte[] file) {
    int length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(file.length - 8);
    return file.length - 8 - length;
  }

  private static long allocated() {
    return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads
        ? threads.getThreadAllocatedBytes(Thread.currentThread().getId())
        : 0;
  }

  /** The rows as JSON. */
  private static List<String> rows(Path path) {
    List<String> rows = new ArrayList<>();
    try (RowFile file = RowFile.open("data.path", path, COLUMNS, RowFile.Format.PARQUET)) {
      file.scan(
          row -> row.used().toString(), (place, row) -> rows.add(row), false, ReadProgress.NONE);
    } catch (ConfigException e) {
      assertThat(e.getMessage()).contains(String.valueOf(path.getFileName())).doesNotContain("\n");
      throw new ConfigException(SafeText.line(String.valueOf(e.getMessage())));
    }
    return rows;
  }
}
