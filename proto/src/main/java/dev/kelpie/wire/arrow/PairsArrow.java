package dev.kelpie.wire.arrow;

import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.wire.file.WrittenFile;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * The pairs of a step as an Arrow IPC file with one row per pair: the columns of the chosen sample,
 * {@code rejected_sample} and {@code rejected_attempt} of the same prompt, then scores, label and
 * log-probabilities of both.
 */
public final class PairsArrow {
  private static final SampleTable<TrainedPair> TABLE =
      new SampleTable<>("pairs", 1, fields(), PairsArrow::write, PairsArrow::read);

  private PairsArrow() {}

  private static List<Field> fields() {
    List<Field> sides =
        Stream.of("chosen", "rejected")
            .flatMap(
                side ->
                    Stream.of("score", "target", "logprob", "log_ratio")
                        .map(number -> Columns.of(side + "_" + number, Columns.FLOAT64)))
            .toList();
    List<Field> more =
        List.of(
            Columns.of("rejected_prompt_index", Columns.INT32),
            Columns.of("rejected_sample", Columns.INT32),
            Columns.of("rejected_attempt", Columns.INT32),
            Columns.of("probability", Columns.FLOAT64),
            Columns.of("weight", Columns.FLOAT64),
            Columns.of("margin", Columns.FLOAT64),
            Columns.of("source", Columns.TEXT));
    return Columns.join(Columns.join(SampleColumns.FIELDS, more), sides);
  }

  /** Writes one row per pair, in their order. Replaces an existing file. */
  public static WrittenFile write(Path target, List<TrainedPair> pairs) {
    return TABLE.write(target, pairs);
  }

  /**
   * Reads back what {@link #write} wrote.
   *
   * @throws CorruptFileException when the file is truncated or of another kind
   */
  public static List<TrainedPair> read(Path path) {
    return TABLE.read(path, 0, Long.MAX_VALUE);
  }

  private static void write(RowWriter out, TrainedPair pair) {
    SampleColumns.write(out, pair.chosen().id());
    SampleId rejected = pair.rejected().id();
    out.int32("rejected_prompt_index", rejected.group().index());
    out.int32("rejected_sample", rejected.sample());
    out.int32("rejected_attempt", rejected.attempt());
    out.float64("probability", pair.probability());
    out.float64("weight", pair.weight());
    out.float64("margin", pair.margin());
    out.text("source", pair.source());
    side(out, "chosen", pair.chosen());
    side(out, "rejected", pair.rejected());
  }

  private static void side(RowWriter out, String name, TrainedPair.Side side) {
    out.float64(name + "_score", side.score());
    out.float64(name + "_target", side.target());
    out.float64(name + "_logprob", side.logprob());
    out.float64(name + "_log_ratio", side.logRatio());
  }

  private static TrainedPair read(RowReader in) {
    SampleId chosen = SampleColumns.read(in);
    SampleId rejected =
        new SampleId(
            chosen.group().withIndex(in.int32("rejected_prompt_index")),
            in.int32("rejected_sample"),
            in.int32("rejected_attempt"));
    return new TrainedPair(
        side(in, "chosen", chosen),
        side(in, "rejected", rejected),
        in.float64("probability"),
        in.float64("weight"),
        in.float64("margin"),
        in.text("source"));
  }

  private static TrainedPair.Side side(RowReader in, String name, SampleId id) {
    return new TrainedPair.Side(
        id,
        in.float64(name + "_score"),
        in.float64(name + "_target"),
        in.float64(name + "_logprob"),
        in.float64(name + "_log_ratio"));
  }
}
