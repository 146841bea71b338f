package dev.kelpie.rollout.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.MetadataColumns;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parquet files that pyarrow wrote ({@code scripts/parity/parquet_files.py}). */
class ParquetRowsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path FOLDER = Path.of("src/test/resources/parquet");
  private static final RowColumns COLUMNS =
      new RowColumns(
          Set.of(
              "id",
              "prompt",
              "chosen",
              "rejected",
              "responses",
              "scores",
              "label",
              "level",
              "kind"),
          MetadataColumns.NONE);

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "zstd", "snappy", "plain", "delta"})
  void readsTheRowsThatWereWritten(String layout) throws IOException {
    List<String> expected = new ArrayList<>();
    for (String line : Files.readAllLines(FOLDER.resolve("rows.jsonl"))) {
      expected.add(JSON.readTree(line).toString());
    }
    List<RowPlace> places = new ArrayList<>();
    try (RowFile file = open(FOLDER.resolve(layout + ".parquet"), COLUMNS)) {
      file.scan(row -> row, (place, row) -> places.add(place), true, ReadProgress.NONE);
      assertThat(places).hasSize(300);
      for (int i = 299; i >= 0; i--) {
        Row row = file.read(places.get(i));
        assertThat(JSON.readTree(row.used().toString())).isEqualTo(JSON.readTree(expected.get(i)));
        assertThat(row.line()).isEqualTo(i + 1);
      }
      assertThat(file.sha256()).hasSize(64);
    }
  }

  @Test
  void refusesWhatIsNoRowOfText(@TempDir Path folder) throws IOException {
    assertRefused(
        FOLDER.resolve("plain.parquet"),
        "column unread is of type timestamp_micros (expected: text, numbers",
        "unread");
    assertRefused(
        FOLDER.resolve("lz4.parquet"), "compressed by LZ4_RAW (expected: gzip, snappy,", "kind");
    Path file = folder.resolve("x.parquet");
    byte[] whole = Files.readAllBytes(FOLDER.resolve("snappy.parquet"));
    Files.write(file, new byte[0]);
    assertRefused(file, "empty (expected: a Parquet file)", "kind");
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 10));
    assertRefused(file, "torn footer (expected: a whole Parquet file", "kind");
    Files.writeString(file, "{\"prompt\": 1}");
    assertRefused(file, "no Parquet file (expected: PAR1 at its start)", "kind");
    byte[] encrypted = whole.clone();
    encrypted[whole.length - 1] = 'E';
    Files.write(file, encrypted);
    assertRefused(file, "encrypted (expected: a Parquet file that needs no key)", "kind");
    byte[] flipped = whole.clone();
    flipped[4 + 200] ^= 1;
    Files.write(file, flipped);
    assertRefused(file, "broken Parquet data in row group 1", "id", "prompt", "kind");
    assertThatThrownBy(() -> RowFile.open("data.path", file, COLUMNS, RowFile.Format.JSONL).close())
        .hasMessageEndingWith("(expected: a file of JSON lines; or data.format = parquet)");
  }

  @Test
  void refusesAFooterWhoseCountsDoNotAgree(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("x.parquet");
    String torn = "x.parquet: torn footer (expected: a whole Parquet file)";
    withFooter(file, footer -> {});
    List<Row> rows = new ArrayList<>();
    try (RowFile whole = open(file, COLUMNS)) {
      whole.scan(row -> row, (place, row) -> rows.add(row), false, ReadProgress.NONE);
    }
    assertThat(rows).hasSize(300);
    withFooter(file, footer -> footer.setNum_rows(299));
    assertRefused(file, torn, "kind");
    withFooter(file, footer -> footer.getRow_groups().remove(2));
    assertRefused(file, torn, "kind");
    withFooter(file, footer -> footer.getRow_groups().get(0).setNum_rows(-70));
    assertRefused(file, torn, "kind");
    withFooter(file, footer -> footer.getSchema().get(1).unsetType());
    assertRefused(file, torn, "id");
    withFooter(
        file,
        footer -> {
          footer.setNum_rows(299);
          footer.getRow_groups().get(0).setNum_rows(69);
        });
    assertRefused(
        file,
        "x.parquet: column id has 70 values in row group 1 of 69 rows (expected: a whole Parquet"
            + " file)",
        "id");
  }

  /** Writes the file {@code snappy} with another footer. */
  private static void withFooter(Path file, Consumer<FileMetaData> change) throws IOException {
    byte[] whole = Files.readAllBytes(FOLDER.resolve("snappy.parquet"));
    int length = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt(whole.length - 8);
    int from = whole.length - 8 - length;
    FileMetaData footer =
        Util.readFileMetaData(new ByteArrayInputStream(whole, from, whole.length - from));
    change.accept(footer);
    ByteArrayOutputStream changed = new ByteArrayOutputStream();
    changed.write(whole, 0, from);
    Util.writeFileMetaData(footer, changed);
    ByteBuffer end = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    end.putInt(changed.size() - from).put("PAR1".getBytes(StandardCharsets.US_ASCII));
    changed.writeBytes(end.array());
    Files.write(file, changed.toByteArray());
  }

  /** Whatever is wrong with a file, it is told in one line. */
  @Test
  void damagedFilesAreRefusedOrRead(@TempDir Path folder) throws IOException {
    byte[] whole = Files.readAllBytes(FOLDER.resolve("zstd.parquet"));
    Path file = folder.resolve("x.parquet");
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 300; i++) {
      byte[] damaged = whole.clone();
      for (int change = 0; change <= i % 3; change++) {
        boolean footer = random.nextBoolean();
        int at = footer ? whole.length - 1 - random.nextInt(2000) : random.nextInt(whole.length);
        damaged[at] = (byte) random.nextInt(256);
      }
      Files.write(file, damaged);
      try (RowFile rows = open(file, COLUMNS)) {
        rows.scan(row -> row, (place, row) -> {}, false, ReadProgress.NONE);
      } catch (ConfigException e) {
        assertThat(e.getMessage()).contains("x.parquet").doesNotContain("\n");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(100);
  }

  private static void assertRefused(Path path, String message, String... columns) {
    RowColumns wanted = new RowColumns(Set.of(columns), MetadataColumns.NONE);
    assertThatThrownBy(
            () -> {
              try (RowFile file = open(path, wanted)) {
                file.scan(row -> row, (place, row) -> {}, false, ReadProgress.NONE);
              }
            })
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  private static RowFile open(Path path, RowColumns columns) {
    return RowFile.open("data.path", path, columns, RowFile.Format.PARQUET);
  }
}
