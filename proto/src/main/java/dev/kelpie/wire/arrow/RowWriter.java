package dev.kelpie.wire.arrow;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
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

  void float64(String column, double value) {
    vector(column, Float8Vector.class).setSafe(row, value);
  }

  void bool(String column, boolean value) {
    vector(column, BitVector.class).setSafe(row, value ? 1 : 0);
  }

  void tokens(String column, TokenIds ids) {
    ListVector list = vector(column, ListVector.class);
    int start = list.startNewValue(row);
    IntVector items = (IntVector) list.getDataVector();
    for (int i = 0; i < ids.length(); i++) {
      items.setSafe(start + i, ids.get(i));
    }
    list.endValue(row, ids.length());
  }

  void versions(String column, TokenVersions versions) {
    ListVector list = vector(column, ListVector.class);
    int start = list.startNewValue(row);
    BigIntVector items = (BigIntVector) list.getDataVector();
    for (int i = 0; i < versions.length(); i++) {
      items.setSafe(start + i, versions.get(i).number());
    }
    list.endValue(row, versions.length());
  }

  void perToken(String column, PerToken numbers) {
    ListVector list = vector(column, ListVector.class);
    int start = list.startNewValue(row);
    Float4Vector items = (Float4Vector) list.getDataVector();
    for (int i = 0; i < numbers.length(); i++) {
      items.setSafe(start + i, numbers.get(i));
    }
    list.endValue(row, numbers.length());
  }

  void perToken(String column, Optional<PerToken> numbers) {
    numbers.ifPresentOrElse(
        present -> perToken(column, present), () -> vector(column, ListVector.class).setNull(row));
  }

  void textMap(String column, Map<String, String> values) {
    MapVector map = vector(column, MapVector.class);
    int start = map.startNewValue(row);
    VarCharVector items = entries(map).getChild("value", VarCharVector.class);
    int at = start;
    for (Map.Entry<String, String> entry : new TreeMap<>(values).entrySet()) {
      setKey(map, at, entry.getKey());
      setText(items, at++, entry.getValue());
    }
    map.endValue(row, values.size());
  }

  void floatMap(String column, Map<String, Float> values) {
    MapVector map = vector(column, MapVector.class);
    int start = map.startNewValue(row);
    Float4Vector items = entries(map).getChild("value", Float4Vector.class);
    int at = start;
    for (Map.Entry<String, Float> entry : new TreeMap<>(values).entrySet()) {
      setKey(map, at, entry.getKey());
      items.setSafe(at++, entry.getValue());
    }
    map.endValue(row, values.size());
  }

  private static void setKey(MapVector map, int at, String key) {
    entries(map).setIndexDefined(at);
    setText(entries(map).getChild("key", VarCharVector.class), at, key);
  }

  private static StructVector entries(MapVector map) {
    return (StructVector) map.getDataVector();
  }

  private static void setText(VarCharVector vector, int row, String value) {
    vector.setSafe(row, value.getBytes(StandardCharsets.UTF_8));
  }

  private <V extends FieldVector> V vector(String column, Class<V> type) {
    return type.cast(root.getVector(column));
  }
}
