package dev.kelpie.wire.arrow;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import java.util.List;
import java.util.Locale;
import org.apache.arrow.vector.types.pojo.Field;

/** The columns that name a sample, shared by all files with one row per sample. */
final class SampleColumns {
  static final List<Field> FIELDS =
      List.of(
          Columns.of("purpose", Columns.TEXT),
          Columns.of("step", Columns.INT64),
          Columns.of("prompt_index", Columns.INT32),
          Columns.of("sample", Columns.INT32),
          Columns.of("attempt", Columns.INT32));

  private SampleColumns() {}

  static void write(RowWriter row, SampleId id) {
    row.text("purpose", name(id.group().purpose()));
    row.int64("step", id.group().step());
    row.int32("prompt_index", id.group().index());
    row.int32("sample", id.sample());
    row.int32("attempt", id.attempt());
  }

  static SampleId read(RowReader row) {
    Purpose purpose = constant(Purpose.class, row.text("purpose"));
    GroupId group = new GroupId(purpose, row.int64("step"), row.int32("prompt_index"));
    return new SampleId(group, row.int32("sample"), row.int32("attempt"));
  }

  /** How a constant is written: {@code rollout}. */
  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Reads back {@link #name}. */
  static <E extends Enum<E>> E constant(Class<E> type, String name) {
    return Enum.valueOf(type, name.toUpperCase(Locale.ROOT));
  }
}
