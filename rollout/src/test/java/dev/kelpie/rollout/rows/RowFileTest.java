package dev.kelpie.rollout.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.MetadataColumns;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowFileTest {
  private static final RowColumns USED =
      new RowColumns(Set.of("prompt", "answer"), MetadataColumns.NONE);
  private static final RowColumns ALL =
      new RowColumns(Set.of("prompt", "answer"), MetadataColumns.ALL);

  private Path file = Path.of("");

  /** What a scan of a file gives. */
  private record Scanned(List<Row> rows, List<RowPlace> places, RowFile file) {}

  @BeforeEach
  void chooseFile(@TempDir Path folder) {
    file = folder.resolve("rows.jsonl");
  }

  @Test
  void rowsOfManyBlocksComeInOrderAndAreFoundAgain() throws IOException {
    // 1 MiB is a block: this is 6 of them, read on several threads
    List<String> lines =
        IntStream.range(0, 3000)
            .mapToObj(i -> "{\"prompt\": \"p" + i + "é\", \"pad\": \"" + "x".repeat(2000) + "\"}")
            .toList();
    Files.write(file, lines);
    Scanned scanned = scan(USED);
    assertThat(scanned.rows()).hasSize(3000);
    for (int i : new int[] {0, 1, 522, 523, 1500, 2999}) {
      Row again = scanned.file().read(scanned.places().get(i));
      assertThat(again.used().get("prompt").asText()).isEqualTo("p" + i + "é");
      assertThat(scanned.rows().get(i).used()).isEqualTo(again.used());
      assertThat(again.line()).isEqualTo(i + 1);
    }
  }

  @Test
  void firstWrongRowOfManyBlocksIsReported() throws IOException {
    Files.write(file, Collections.nCopies(20_000, "[" + "1,".repeat(1000) + "1]"));
    assertRefused(":1: not a JSON object (expected: one object per line)");
  }

  @Test
  void noCheckIsUnderWayOnceAScanHasFailed() throws IOException {
    String row = "{\"prompt\": \"p\", \"pad\": \"" + "x".repeat(2000) + "\"}";
    Files.write(file, Collections.nCopies(20_000, row));
    AtomicInteger running = new AtomicInteger();
    AtomicLong work = new AtomicLong();
    CountDownLatch other = new CountDownLatch(1);
    RowFile.Check<Integer> check =
        found -> {
          if (found.line() == 1) {
            awaitQuietly(other);
            throw new ConfigException("the first row");
          }
          running.incrementAndGet();
          if (found.line() > 1000) {
            other.countDown();
            work.addAndGet(LongStream.range(0, 20_000_000).map(i -> i * i).sum());
          }
          return running.decrementAndGet();
        };
    try (RowFile opened = RowFile.open("data.path", file, USED, RowFile.Format.JSONL)) {
      assertThatThrownBy(
              () -> opened.scan(check, (place, kept) -> {}, false, (path, done, all) -> {}))
          .hasMessage("the first row");
      assertThat(running).hasValue(0);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{\"n\": %s}]| column prompt: a number of 4301 characters (expected: at most 4300",
        "{\"a\": [1, NaN]}| column prompt holds NaN (expected: text or a number)",
        "[[-Infinity]]| column prompt holds -Infinity (expected: text or a number)"
      })
  void numbersAreCheckedAtEveryDepth(String value, String problem) throws IOException {
    write("{\"prompt\": " + value.replace("%s", "7".repeat(4301)) + "}");
    assertRefused(":1:" + (problem.startsWith(" ") ? "" : " ") + problem);
  }

  @Test
  void nestedValuesAreThoseOfTheFile() throws IOException {
    String nested = "{\"a\":[1,2.5,\"x\",null,true,{\"b\":[]}],\"c\":-3}";
    write("{\"prompt\": " + nested + "}");
    assertThat(scan(USED).rows().get(0).used().get("prompt").toString()).isEqualTo(nested);
  }

  @Test
  void hashIsThatOfTheTextPackedOrNot() throws IOException {
    write("{\"prompt\": \"1\"}");
    // printf '{"prompt": "1"}\n' | sha256sum
    String expected = "e08a1bb6228f7bf89a04b673581381d99b6cf33850ef4fd3741f45f05f11a43d";
    String plain = scan(USED).file().sha256();
    pack("{\"prompt\": \"1\"}\n");
    assertThat(scan(USED).file().sha256()).isEqualTo(plain).isEqualTo(expected);
  }

  @Test
  @SuppressWarnings("StringConcatToTextBlock") // the line ends are what it is about
  void packedRowsAreFoundAgainWithWhatWasAskedFor() throws IOException {
    pack(
        "{\"skip\": [1, {\"a\": 2}], \"prompt\": \"1\", \"answer\": 10000000.0}\r\n\n"
            + "{\"prompt\": \"2\", \"answer\": 1E-4, \"level\": 1.50}\n");
    Scanned scanned = scan(new RowColumns(USED.used(), MetadataColumns.of("level")));
    Row first = scanned.file().read(scanned.places().get(0));
    Row second = scanned.file().read(scanned.places().get(1));
    assertThat(first.used().toString()).isEqualTo("{\"prompt\":\"1\",\"answer\":10000000.0}");
    assertThat(second.used().get("answer").asText()).isEqualTo("1E-4");
    assertThat(second.metadata()).containsOnly(entry("level", "1.50"));
    assertThat(second.line()).isEqualTo(3);
  }

  @Test
  void packedFileMayHaveSeveralMembersAndZerosBehindThem() throws IOException {
    pack(("{\"pad\": \"" + "x".repeat(500) + "\"}\n").repeat(1000));
    byte[] first = Files.readAllBytes(file);
    pack("{\"prompt\": \"last\"}\n");
    byte[] last = Files.readAllBytes(file);
    Files.write(file, first);
    Files.write(file, last, StandardOpenOption.APPEND);
    Files.write(file, new byte[70_000], StandardOpenOption.APPEND);
    List<Row> rows = scan(USED).rows();
    assertThat(rows).hasSize(1001);
    assertThat(rows.get(1000).used().get("prompt").asText()).isEqualTo("last");
    // Python's gzip refuses this, too, and GZIPInputStream ends before it
    Files.write(file, first);
    Files.write(file, new byte[] {1}, StandardOpenOption.APPEND);
    Files.write(file, last, StandardOpenOption.APPEND);
    assertRefused(": broken gzip data behind line 1000 (expected: a whole gzip file)");
    first[first.length - 5] ^= 1;
    Files.write(file, first);
    assertRefused(": broken gzip data behind line ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10000000.0",
        "1.0E7",
        "0.0001",
        "1e400",
        "123456789012345678901234567890",
        "-0.0",
        "25000000.5",
        "1E-4",
        "0.1000",
        "-7"
      })
  void numbersKeepTheTextOfTheFile(String number) throws IOException {
    write("{\"prompt\": \"1\", \"answer\": " + number + ", \"also\": [" + number + "]}");
    Row row = scan(ALL).rows().get(0);
    assertThat(row.used().get("answer").asText()).isEqualTo(number);
    assertThat(row.used().get("answer").isNumber()).isTrue();
    assertThat(row.metadata()).containsOnly(entry("also", "[" + number + "]"));
  }

  @Test
  void numberMayBeAsLongAsInPythonAndNoLonger() throws IOException {
    write("{\"answer\": " + "7".repeat(4300) + ", \"unused\": " + "7".repeat(100_000) + "}");
    assertThat(scan(USED).rows().get(0).used().get("answer").asText()).hasSize(4300);
    write("{\"answer\": 0." + "7".repeat(4299) + "}");
    assertRefused(":1: column answer: a number of 4301 characters (expected: at most 4300");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"prompt\": \"a\\ud83d\"}|prompt|d83d|2",
        "{\"prompt\": \"\\ude00b\"}|prompt|de00|1",
        "{\"answer\": \"ab\\ud83d\\ud83d\\ude00\"}|answer|d83d|3",
        "{\"prompt\": [{\"role\": \"user\", \"content\": \"\\udfff\"}]}|prompt|dfff|1",
        "{\"prompt\": \"\\ud83d\\\\ude00\"}|prompt|d83d|1"
      })
  void halfASurrogatePairIsRefusedWithItsPlace(String row, String column, String unit, int at)
      throws IOException {
    write("{\"prompt\": \"\\ud83d\\ude00\"}", row);
    assertRefused(
        ":2: column %s: half a surrogate pair, \\u%s, at character %s".formatted(column, unit, at));
  }

  @Test
  void halfASurrogatePairThatNobodyReadsIsNoProblem() throws IOException {
    write("{\"prompt\": \"1\", \"note\": \"\\ud83d\"}");
    assertThat(scan(USED).rows()).hasSize(1);
    assertThatThrownBy(() -> scan(ALL)).hasMessageContaining("half a surrogate pair");
  }

  @Test
  void halfASurrogatePairInANameIsRefused() throws IOException {
    write("{}", "{\"prompt\": [{\"x\\ud800\": \"\"}]}");
    assertRefused(":2: half a surrogate pair in a name (expected: text that has an encoding)");
  }

  @Test
  void unusualJsonIsTakenAsInPython() throws IOException {
    write(
        "{\"prompt\": \"1\", \"prompt\": \"2\", \"score\": NaN, \"low\": -Infinity}",
        "{\"prompt\": \"a\\u0000b\", \"answer\": true}");
    List<Row> rows = scan(ALL).rows();
    assertThat(rows.get(0).used().get("prompt").asText()).isEqualTo("2");
    assertThat(rows.get(0).metadata())
        .containsOnly(entry("score", "NaN"), entry("low", "-Infinity"));
    assertThat(rows.get(1).used().get("prompt").asText()).isEqualTo("a\u0000b");
    write("{\"answer\": NaN}");
    assertRefused(":1: column answer holds NaN (expected: text or a number)");
  }

  @Test
  void whatIsNoRowIsRefusedWithItsLine() throws IOException {
    write("{\"prompt\": \"1\"} {}");
    assertRefused(":1: more than one JSON value (expected: one object per line)");
    write("{}", "{\"deep\": " + "[".repeat(2000) + "]".repeat(2000) + "}");
    assertRefused(":2: nested more than 1000 deep (expected: at most that)");
    write("{}", "{\"prompt\": oops}");
    assertRefused(
        ":2: broken JSON: Unrecognized token 'oops': was expecting (JSON String, Number, Array,"
            + " Object or token 'null', 'true' or 'false')");
    Files.write(file, new byte[] {'{', 0, '}', 0});
    assertRefused(":1: broken JSON: a byte 0");
    // half a surrogate pair as three bytes, which is not UTF-8
    Files.write(file, new byte[] {'{', '"', (byte) 0xed, (byte) 0xa0, (byte) 0xbd, '"', '}'});
    assertRefused(":1: not UTF-8");
  }

  @Test
  void errorInTheFirstOfSeveralBlocksIsTheOneThatIsReported() throws IOException {
    String pad = "{\"pad\": \"" + "x".repeat(3000) + "\"}\n";
    Files.writeString(
        file, pad.repeat(100) + "{\"prompt\": \n" + pad.repeat(2000) + "{\"prompt\": \n");
    assertRefused(":101: cut short");
  }

  @Test
  void fileThatChangesIsRefusedRowByRow() throws IOException {
    write("{\"prompt\": \"1\"}", "{\"prompt\": \"2\"}", "{\"prompt\": \"3\"}");
    Scanned scanned = scan(USED);
    Files.setLastModifiedTime(file, FileTime.fromMillis(0)); // only looked at: nothing changes
    Files.writeString(file, "{\"prompt\": \"4\"}\n", StandardOpenOption.APPEND);
    assertThat(scanned.file().read(scanned.places().get(1)).used().get("prompt").asText())
        .isEqualTo("2");
    write("{\"prompt\": \"1\"}", "{\"prompt\": \"7\"}", "{\"prompt\": \"3\"}");
    assertThat(scanned.file().read(scanned.places().get(2)).line()).isEqualTo(3);
    assertThatThrownBy(() -> scanned.file().read(scanned.places().get(1)))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            file + ":2: another row than at the start (expected: a file that nobody writes to)");
    write("{}");
    assertThatThrownBy(() -> scanned.file().read(scanned.places().get(2)))
        .hasMessageContaining(":3: another row than at the start");
  }

  @Test
  void fileThatGrowsWhileItIsReadIsRefused() throws IOException {
    write("{\"prompt\": \"1\"}");
    RowFile rows = RowFile.open("data.path", file, USED, RowFile.Format.JSONL);
    RowFile.Check<Row> check =
        row -> {
          try {
            Files.writeString(file, "{}\n", StandardOpenOption.APPEND);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
          return row;
        };
    assertThatThrownBy(() -> rows.scan(check, (place, row) -> {}, true, ReadProgress.NONE))
        .hasMessageContaining("changed from 16 to 19 bytes while it was read");
  }

  @Test
  void progressEndsWithTheWholeFile() throws IOException {
    Files.writeString(file, ("{\"pad\": \"" + "x".repeat(3000) + "\"}\n").repeat(2000));
    List<Long> reports = new ArrayList<>();
    RowFile.open("data.path", file, USED, RowFile.Format.JSONL)
        .scan(row -> row, (place, row) -> {}, false, (from, bytes, total) -> reports.add(bytes));
    assertThat(reports).isSorted().hasSizeGreaterThan(4).last().isEqualTo(Files.size(file));
  }

  private Scanned scan(RowColumns columns) {
    List<Row> rows = new ArrayList<>();
    List<RowPlace> places = new ArrayList<>();
    RowFile opened = RowFile.open("data.path", file, columns, RowFile.Format.JSONL);
    opened.scan(
        row -> row,
        (place, row) -> {
          places.add(place);
          rows.add(row);
        },
        true,
        ReadProgress.NONE);
    return new Scanned(rows, places, opened);
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> scan(USED))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(file + message);
  }

  private void write(String... lines) throws IOException {
    Files.writeString(file, List.of(lines).stream().collect(Collectors.joining("\n", "", "\n")));
  }

  private void pack(String text) throws IOException {
    file = file.resolveSibling("rows.jsonl.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
