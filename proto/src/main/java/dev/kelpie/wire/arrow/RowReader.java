package dev.kelpie.wire.arrow;

import static java.util.stream.Collectors.toMap;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
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

/** Reads the cells of a row by column name into values that do not refer to Arrow memory. */
final class RowReader {
  private final VectorSchemaRoot root;
  private int row;

  RowReader(VectorSchemaRoot root) {
    this.root = root;
  }

  /** Moves to a row, counted from 0 within the batch. */
  void at(int index) {
    row = index;
  }

  /** Whether the file has the column. */
  boolean has(String column) {
    return root.getVector(column) != null;
  }

  String text(String column) {
    return getText(vector(column, VarCharVector.class), row);
  }

  Optional<String> optionalText(String column) {
    return vector(column, VarCharVector.class).isNull(row)
        ? Optional.empty()
        : Optional.of(text(column));
  }

  int int32(String column) {
    return vector(column, IntVector.class).get(row);
  }

  long int64(String column) {
    return vector(column, BigIntVector.class).get(row);
  }

  Optional<Float> optionalFloat32(String column) {
    Float4Vector vector = vector(column, Float4Vector.class);
    return vector.isNull(row) ? Optional.empty() : Optional.of(vector.get(row));
  }

  double float64(String column) {
    return vector(column, Float8Vector.class).get(row);
  }

  OptionalDouble optionalFloat64(String column) {
    Float8Vector vector = vector(column, Float8Vector.class);
    return vector.isNull(row) ? OptionalDouble.empty() : OptionalDouble.of(vector.get(row));
  }

  boolean bool(String column) {
    return vector(column, BitVector.class).get(row) != 0;
  }

  TokenIds tokens(String column) {
    ListVector list = vector(column, ListVector.class);
    IntVector items = (IntVector) list.getDataVector();
    return TokenIds.of(places(list).map(items::get).toArray());
  }

  TokenVersions versions(String column) {
    ListVector list = vector(column, ListVector.class);
    BigIntVector items = (BigIntVector) list.getDataVector();
    return TokenVersions.of(places(list).mapToLong(items::get).toArray());
  }

  PerToken perToken(String column) {
    return getPerToken(vector(column, ListVector.class), row);
  }

  private static PerToken getPerToken(ListVector list, int row) {
    Float4Vector items = (Float4Vector) list.getDataVector();
    int start = list.getElementStartIndex(row);
    float[] numbers = new float[list.getElementEndIndex(row) - start];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = items.get(start + i);
    }
    return PerToken.of(numbers);
  }

  Optional<PerToken> optionalPerToken(String column) {
    return vector(column, ListVector.class).isNull(row)
        ? Optional.empty()
        : Optional.of(perToken(column));
  }

  Map<String, String> textMap(String column) {
    return map(column, VarCharVector.class, RowReader::getText);
  }

  Map<String, Float> floatMap(String column) {
    return map(column, Float4Vector.class, Float4Vector::get);
  }

  Map<String, PerToken> perTokenMap(String column) {
    return map(column, ListVector.class, RowReader::getPerToken);
  }

  private <V extends FieldVector, T> Map<String, T> map(
      String column, Class<V> type, BiFunction<V, Integer, T> value) {
    MapVector map = vector(column, MapVector.class);
    StructVector entries = (StructVector) map.getDataVector();
    VarCharVector keys = entries.getChild("key", VarCharVector.class);
    V items = entries.getChild("value", type);
    return places(map).boxed().collect(toMap(i -> getText(keys, i), i -> value.apply(items, i)));
  }

  /** Where the items of this row's list or map are. */
  private IntStream places(ListVector list) {
    return IntStream.range(list.getElementStartIndex(row), list.getElementEndIndex(row));
  }

  private static String getText(VarCharVector vector, int row) {
    return new String(vector.get(row), StandardCharsets.UTF_8);
  }

  private <V extends FieldVector> V vector(String column, Class<V> type) {
    FieldVector vector = root.getVector(column);
    if (!type.isInstance(vector)) {
      throw new IllegalArgumentException(
          "column " + column + " is " + (vector == null ? "missing" : vector.getField()));
    }
    return type.cast(vector);
  }
}
