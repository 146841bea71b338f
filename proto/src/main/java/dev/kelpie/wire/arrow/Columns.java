package dev.kelpie.wire.arrow;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** The column types of this package's files. */
final class Columns {
  static final ArrowType TEXT = ArrowType.Utf8.INSTANCE;
  static final ArrowType INT32 = new ArrowType.Int(32, true);
  static final ArrowType INT64 = new ArrowType.Int(64, true);
  static final ArrowType FLOAT32 = new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
  static final ArrowType FLOAT64 = new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
  static final ArrowType BOOL = ArrowType.Bool.INSTANCE;
  static final ArrowType LARGE_BINARY = ArrowType.LargeBinary.INSTANCE;

  private Columns() {}

  /** A column without missing values. */
  static Field of(String name, ArrowType type) {
    return new Field(name, FieldType.notNullable(type), null);
  }

  /** A column whose values may be missing. */
  static Field optional(String name, ArrowType type) {
    return new Field(name, FieldType.nullable(type), null);
  }

  /** A column of lists. */
  static Field list(String name, ArrowType element) {
    return list(FieldType.notNullable(ArrowType.List.INSTANCE), name, element);
  }

  /** A column of lists that may be missing. */
  static Field optionalList(String name, ArrowType element) {
    return list(FieldType.nullable(ArrowType.List.INSTANCE), name, element);
  }

  /** A column of maps from text, keys in order. */
  static Field map(String name, ArrowType value) {
    return map(name, optional("value", value));
  }

  /** A column of maps from text to lists, keys in order. */
  static Field listMap(String name, ArrowType element) {
    return map(name, optionalList("value", element));
  }

  private static Field map(String name, Field value) {
    Field entries =
        new Field(
            "entries",
            FieldType.notNullable(ArrowType.Struct.INSTANCE),
            List.of(of("key", TEXT), value));
    return new Field(name, FieldType.notNullable(new ArrowType.Map(true)), List.of(entries));
  }

  /** A schema that says what kind of file it describes, with {@code more} metadata. */
  static Schema schema(
      String kind, int formatVersion, List<Field> fields, Map<String, String> more) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(MappedArrow.KIND, kind);
    metadata.put(MappedArrow.FORMAT_VERSION, Integer.toString(formatVersion));
    metadata.putAll(more);
    return new Schema(fields, metadata);
  }

  /** One list after the other. */
  static List<Field> join(List<Field> first, List<Field> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  private static Field list(FieldType type, String name, ArrowType element) {
    return new Field(name, type, List.of(of("item", element)));
  }
}
