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

/** Per-token log-probabilities by sample, as an Arrow IPC file with one row per sample. */
public final class LogprobsArrow {
  private static final Comparator<Row> BY_ID =
      Comparator.<Row, GroupId>comparing(row -> row.id().group())
          .thenComparing(row -> row.id().sample())
          .thenComparing(row -> row.id().attempt());

  private static final SampleTable<Row> TABLE =
      new SampleTable<>(
          "logprobs",
          1,
          Columns.join(SampleColumns.FIELDS, List.of(Columns.list("logprobs", Columns.FLOAT32))),
          List.of(),
          LogprobsArrow::write,
          LogprobsArrow::read);

  private LogprobsArrow() {}

  private record Row(SampleId id, PerToken logprobs) {}

  /** Writes one row per sample, in order of group, sample, attempt. Replaces an existing file. */
  public static WrittenFile write(Path target, Map<SampleId, PerToken> logprobs) {
    List<Row> rows =
        logprobs.entrySet().stream()
            .map(entry -> new Row(entry.getKey(), entry.getValue()))
            .sorted(BY_ID)
            .toList();
    return TABLE.write(target, rows);
  }

  /**
   * Reads back what {@link #write} wrote, in order of the rows.
   *
   * @throws CorruptFileException when the file is truncated or of another kind
   */
  public static Map<SampleId, PerToken> read(Path path) {
    Map<SampleId, PerToken> logprobs = new LinkedHashMap<>();
    TABLE.read(path, 0, Long.MAX_VALUE).forEach(row -> logprobs.put(row.id(), row.logprobs()));
    return logprobs;
  }

  private static void write(RowWriter out, Row row) {
    SampleColumns.write(out, row.id());
    out.perToken("logprobs", row.logprobs());
  }

  private static Row read(RowReader in) {
    return new Row(SampleColumns.read(in), in.perToken("logprobs"));
  }
}
