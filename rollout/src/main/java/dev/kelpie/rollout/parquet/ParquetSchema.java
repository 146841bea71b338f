package dev.kelpie.rollout.parquet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/** The wanted columns of a file, as Apache's decoders know them. */
final class ParquetSchema {
  private static final int MOST_DEPTH = 64;

  private final List<SchemaElement> elements;
  private int next = 1;

  private ParquetSchema(List<SchemaElement> elements) {
    this.elements = elements;
  }

  /**
   * The columns of {@code elements} that are wanted.
   *
   * @throws IOException for a wanted column of a type that is no text, number, boolean, list or
   *     struct
   */
  static MessageType of(List<SchemaElement> elements, Predicate<String> wanted) throws IOException {
    ParquetSchema schema = new ParquetSchema(elements);
    List<Type> columns = new ArrayList<>();
    while (schema.next < elements.size()) {
      String name = elements.get(schema.next).getName();
      boolean used = wanted.test(name);
      Type type = schema.type(used ? name : null, 0);
      if (used) {
        columns.add(type);
      }
    }
    return new MessageType("row", columns);
  }

  /**
   * The names of all columns, with the reason for which one cannot be read; an empty text where it
   * can be.
   */
  static Map<String, String> columns(List<SchemaElement> elements) throws IOException {
    ParquetSchema schema = new ParquetSchema(elements);
    Map<String, String> columns = new LinkedHashMap<>();
    while (schema.next < elements.size()) {
      int at = schema.next;
      String name = elements.get(at).getName();
      schema.type(null, 0);
      int behind = schema.next;
      schema.next = at;
      columns.put(name, schema.problem(name));
      schema.next = behind;
    }
    return columns;
  }

  private String problem(String name) {
    try {
      type(name, 0);
      return "";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /**
   * The type that begins at the next element.
   *
   * @param column the column it is of, for messages; null: nobody reads it
   */
  private Type type(@Nullable String column, int depth) throws IOException {
    if (next >= elements.size() || depth > MOST_DEPTH) {
      throw new IOException("torn footer (expected: a whole Parquet file)");
    }
    SchemaElement element = elements.get(next++);
    Repetition repetition = Repetition.valueOf(element.getRepetition_type().name());
    if (!element.isSetNum_children()) {
      return primitive(element, repetition, column);
    }
    List<Type> fields = new ArrayList<>();
    for (int i = 0; i < element.getNum_children(); i++) {
      fields.add(type(column, depth + 1));
    }
    boolean list =
        element.getConverted_type() == ConvertedType.LIST
            || (element.isSetLogicalType() && element.getLogicalType().isSetLIST());
    if (column != null && !list && (annotated(element) || fields.isEmpty())) {
      throw unsupported(column, element);
    }
    Types.GroupBuilder<GroupType> group = Types.buildGroup(repetition);
    if (list) {
      group.as(LogicalTypeAnnotation.listType());
    }
    return group.addFields(fields.toArray(Type[]::new)).named(element.getName());
  }

  private static Type primitive(
      SchemaElement element, Repetition repetition, @Nullable String column) throws IOException {
    boolean text = isText(element);
    PrimitiveTypeName name =
        switch (element.getType()) {
          case BOOLEAN -> PrimitiveTypeName.BOOLEAN;
          case INT32 -> PrimitiveTypeName.INT32;
          case INT64 -> PrimitiveTypeName.INT64;
          case INT96 -> PrimitiveTypeName.INT96;
          case FLOAT -> PrimitiveTypeName.FLOAT;
          case DOUBLE -> PrimitiveTypeName.DOUBLE;
          case BYTE_ARRAY -> PrimitiveTypeName.BINARY;
          case FIXED_LEN_BYTE_ARRAY -> PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
        };
    boolean binary =
        name == PrimitiveTypeName.BINARY
            || name == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY
            || name == PrimitiveTypeName.INT96;
    boolean known = binary ? text : isSigned(element) || !annotated(element);
    if (column != null && !known) {
      throw unsupported(column, element);
    }
    Types.PrimitiveBuilder<PrimitiveType> type =
        Types.primitive(name, repetition).length(element.getType_length());
    if (text) {
      type.as(LogicalTypeAnnotation.stringType());
    }
    return type.named(element.getName());
  }

  private static boolean isText(SchemaElement element) {
    ConvertedType converted = element.getConverted_type();
    return element.getType() == org.apache.parquet.format.Type.BYTE_ARRAY
        && (converted == ConvertedType.UTF8
            || converted == ConvertedType.ENUM
            || (element.isSetLogicalType()
                && (element.getLogicalType().isSetSTRING()
                    || element.getLogicalType().isSetENUM())));
  }

  private static boolean isSigned(SchemaElement element) {
    ConvertedType converted = element.getConverted_type();
    return converted != null && converted.name().startsWith("INT_");
  }

  private static boolean annotated(SchemaElement element) {
    return element.isSetConverted_type() || element.isSetLogicalType();
  }

  private static IOException unsupported(String column, SchemaElement element) {
    String type =
        element.isSetConverted_type()
            ? element.getConverted_type().name()
            : element.isSetLogicalType()
                ? element.getLogicalType().getSetField().getFieldName()
                : element.isSetType() ? element.getType().name() : "an empty struct";
    return new IOException(
        String.format(
            Locale.ROOT,
            "column %s is of type %s (expected: text, numbers, booleans, or lists and structs of"
                + " them)",
            column,
            type.toLowerCase(Locale.ROOT)));
  }
}
