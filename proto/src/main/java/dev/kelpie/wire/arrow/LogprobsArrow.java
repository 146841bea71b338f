package dev.kelpie.wire.arrow;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.wire.file.WrittenFile;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Per-token log-probabilities by request and sample, as an Arrow IPC file with a row for each name
 * and sample.
 */
public final class LogprobsArrow {
  private static final Comparator<Row> ORDER =
      Comparator.<Row, String>comparing(Row::name)
          .thenComparing(row -> row.id().group())
          .thenComparing(row -> row.id().sample())
          .thenComparing(row -> row.id().attempt());

  private static final SampleTable<Row> TABLE =
      new SampleTable<>(
          "logprobs",
          2,
          Columns.join(
              SampleColumns.FIELDS,
              List.of(
                  Columns.of("name", Columns.TEXT), Columns.list("logprobs", Columns.FLOAT32))),
          List.of(),
          LogprobsArrow::write,
          LogprobsArrow::read);

  private LogprobsArrow() {}

  private record Row(String name, SampleId id, PerToken logprobs) {}

  /**
   * Writes one row per name and sample, in order of name, group, sample, attempt. Replaces an
   * existing file.
   */
  public static WrittenFile write(Path target, Map<String, Map<SampleId, PerToken>> numbers) {
    List<Row> rows =
        numbers.entrySet().stream()
            .flatMap(
                named ->
                    named.getValue().entrySet().stream()
                        .map(entry -> new Row(named.getKey(), entry.getKey(), entry.getValue())))
            .sorted(ORDER)
            .toList();
    return TABLE.write(target, rows);
  }

  /**
   * Reads back what {@link #write} wrote, in order of the rows.
   *
   * @throws CorruptFileException when the file is truncated or of another kind
   */
  public static Map<String, Map<SampleId, PerToken>> read(Path path) {
    Map<String, Map<SampleId, PerToken>> numbers = new LinkedHashMap<>();
    TABLE
        .read(path, 0, Long.MAX_VALUE)
        .forEach(
            row ->
                numbers
                    .computeIfAbsent(row.name(), name -> new LinkedHashMap<>())
                    .put(row.id(), row.logprobs()));
    return numbers;
  }

  private static void write(RowWriter out, Row row) {
    SampleColumns.write(out, row.id());
    out.text("name", row.name());
    out.perToken("logprobs", row.logprobs());
  }

  private static Row read(RowReader in) {
    return new Row(in.text("name"), SampleColumns.read(in), in.perToken("logprobs"));
  }
}
