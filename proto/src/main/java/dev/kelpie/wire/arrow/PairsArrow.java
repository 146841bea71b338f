package dev.kelpie.wire.arrow;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.wire.file.WrittenFile;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * The pairs of a step as an Arrow IPC file with one row per pair: the step, the label, and for each
 * side, {@code chosen_} and {@code rejected_}, the sample with its score, its log-probabilities and
 * the variant of the prompt that it was trained under.
 */
public final class PairsArrow {
  private static final SampleTable<TrainedPair> TABLE =
      new SampleTable<>("pairs", 1, fields(), later(), PairsArrow::write, PairsArrow::read);

  private PairsArrow() {}

  private static List<Field> fields() {
    return Stream.concat(
            Stream.of(
                Columns.of("step", Columns.INT64),
                Columns.of("probability", Columns.FLOAT64),
                Columns.of("weight", Columns.FLOAT64),
                Columns.of("margin", Columns.FLOAT64),
                Columns.of("source", Columns.TEXT)),
            Stream.of("chosen", "rejected").flatMap(PairsArrow::sideFields))
        .toList();
  }

  /** Columns that files of earlier versions do not have; they are read as the prompt itself. */
  private static List<Field> later() {
    return Stream.of("chosen", "rejected")
        .map(side -> Columns.of(side + "_variant", Columns.TEXT))
        .toList();
  }

  private static Stream<Field> sideFields(String side) {
    return Stream.concat(
        Stream.of("prompt_index", "sample")
            .map(number -> Columns.of(side + "_" + number, Columns.INT32)),
        Stream.of("score", "target", "logprob", "log_ratio")
            .map(number -> Columns.of(side + "_" + number, Columns.FLOAT64)));
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
    out.int64("step", pair.chosen().group().step());
    out.float64("probability", pair.probability());
    out.float64("weight", pair.weight());
    out.float64("margin", pair.margin());
    out.text("source", pair.source());
    side(out, "chosen", pair.chosen());
    side(out, "rejected", pair.rejected());
  }

  private static void side(RowWriter out, String name, TrainedPair.Side side) {
    out.int32(name + "_prompt_index", side.group().index());
    out.int32(name + "_sample", side.sample());
    out.float64(name + "_score", side.score());
    out.float64(name + "_target", side.target());
    out.float64(name + "_logprob", side.logprob());
    out.float64(name + "_log_ratio", side.logRatio());
    out.text(name + "_variant", side.variant());
  }

  private static TrainedPair read(RowReader in) {
    long step = in.int64("step");
    return new TrainedPair(
        side(in, "chosen", step),
        side(in, "rejected", step),
        in.float64("probability"),
        in.float64("weight"),
        in.float64("margin"),
        in.text("source"));
  }

  private static TrainedPair.Side side(RowReader in, String name, long step) {
    return new TrainedPair.Side(
        new GroupId(Purpose.ROLLOUT, step, in.int32(name + "_prompt_index")),
        in.int32(name + "_sample"),
        in.float64(name + "_score"),
        in.float64(name + "_target"),
        in.float64(name + "_logprob"),
        in.float64(name + "_log_ratio"),
        in.has(name + "_variant") ? in.text(name + "_variant") : "");
  }
}
