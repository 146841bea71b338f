package dev.kelpie.wire.arrow;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;

/** Sets the cells of one row after the other by column name. */
final class RowWriter {
  private final VectorSchemaRoot root;
  private int row = -1;

  RowWriter(VectorSchemaRoot root) {
    this.root = root;
    root.allocateNew();
  }

  /** Moves to the next row. */
  void next() {
    row++;
  }

  /** Number of rows begun. */
  int rows() {
    return row + 1;
  }

  /** Declares the rows complete, so that the root can be written. */
  void finish() {
    root.setRowCount(rows());
  }

  void text(String column, String value) {
    setText(vector(column, VarCharVector.class), row, value);
  }

  void text(String column, Optional<String> value) {
    value.ifPresentOrElse(
        text -> text(column, text), () -> vector(column, VarCharVector.class).setNull(row));
  }

  void int32(String column, int value) {
    vector(column, IntVector.class).setSafe(row, value);
  }

  void int64(String column, long value) {
    vector(column, BigIntVector.class).setSafe(row, value);
  }

  void float32(String column, Optional<Float> value) {
    Float4Vector vector = vector(column, Float4Vector.class);
    value.ifPresentOrElse(number -> vector.setSafe(row, number), () -> vector.setNull(row));
  }

  void float64(String column, OptionalDouble value) {
    Float8Vector vector = vector(column, Float8Vector.class);
    value.ifPresentOrElse(number -> vector.setSafe(row, number), () -> vector.setNull(row));
  }

  void float64(String column, double value) {
    vector(column, Float8Vector.class).setSafe(row, value);
  }

  void bool(String column, boolean value) {
    vector(column, BitVector.class).setSafe(row, value ? 1 : 0);
  }

  void tokens(String column, TokenIds ids) {
    setList(
        vector(column, ListVector.class),
        row,
        IntVector.class,
        ids.length(),
        (items, at, i) -> items.setSafe(at, ids.get(i)));
  }

  void versions(String column, TokenVersions versions) {
    setList(
        vector(column, ListVector.class),
        row,
        BigIntVector.class,
        versions.length(),
        (items, at, i) -> items.setSafe(at, versions.get(i).number()));
  }

  void perToken(String column, PerToken numbers) {
    setPerToken(vector(column, ListVector.class), row, numbers);
  }

  void perToken(String column, Optional<PerToken> numbers) {
    numbers.ifPresentOrElse(
        present -> perToken(column, present), () -> vector(column, ListVector.class).setNull(row));
  }

  void textMap(String column, Map<String, String> values) {
    map(column, VarCharVector.class, values, RowWriter::setText);
  }

  void floatMap(String column, Map<String, Float> values) {
    map(column, Float4Vector.class, values, (items, at, value) -> items.setSafe(at, value));
  }

  void perTokenMap(String column, Map<String, PerToken> values) {
    map(column, ListVector.class, values, RowWriter::setPerToken);
  }

  /** Sets the item at a place of a vector. */
  private interface Setter<V, T> {
    void set(V items, int at, T value);
  }

  private static void setPerToken(ListVector list, int row, PerToken numbers) {
    setList(
        list,
        row,
        Float4Vector.class,
        numbers.length(),
        (items, at, i) -> items.setSafe(at, numbers.get(i)));
  }

  private static <V extends FieldVector> void setList(
      ListVector list, int row, Class<V> type, int length, Setter<V, Integer> setter) {
    int start = list.startNewValue(row);
    V items = type.cast(list.getDataVector());
    for (int i = 0; i < length; i++) {
      setter.set(items, start + i, i);
    }
    list.endValue(row, length);
  }

  private <V extends FieldVector, T> void map(
      String column, Class<V> type, Map<String, T> values, Setter<V, T> setter) {
    MapVector map = vector(column, MapVector.class);
    StructVector entries = (StructVector) map.getDataVector();
    VarCharVector keys = entries.getChild("key", VarCharVector.class);
    V items = entries.getChild("value", type);
    int at = map.startNewValue(row);
    for (Map.Entry<String, T> entry : new TreeMap<>(values).entrySet()) {
      entries.setIndexDefined(at);
      setText(keys, at, entry.getKey());
      setter.set(items, at++, entry.getValue());
    }
    map.endValue(row, values.size());
  }

  private static void setText(VarCharVector vector, int row, String value) {
    vector.setSafe(row, value.getBytes(StandardCharsets.UTF_8));
  }

  private <V extends FieldVector> V vector(String column, Class<V> type) {
    return type.cast(root.getVector(column));
  }
}
