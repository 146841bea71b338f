package dev.kelpie.wire.arrow;

import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.LargeVarBinaryVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The content of an Arrow IPC file of any kind and origin, for people who inspect it; of a damaged
 * file, what is still readable.
 *
 * @param metadata of the schema
 * @param first the first rows; cells are numbers, text, truth values, lists, maps or null, and
 *     {@link Binary} for bytes
 * @param problem the file's damage, in one line that names it
 */
public record ArrowListing(
    Map<String, String> metadata,
    List<Column> columns,
    int batches,
    long rows,
    List<Map<String, @Nullable Object>> first,
    Optional<String> problem) {
  /** A column; {@code type} in words, such as {@code list<int32>}. */
  public record Column(String name, String type, boolean optional) {}

  /** A cell of bytes, of which only the number is shown. */
  public record Binary(long bytes) {}

  /**
   * The kind of a file that Kelpie wrote: {@code weights}, {@code trajectories}; empty for other
   * files.
   */
  public Optional<String> kind() {
    return Optional.ofNullable(metadata.get(MappedArrow.KIND));
  }

  /** The version of that kind's layout. */
  public Optional<String> formatVersion() {
    return Optional.ofNullable(metadata.get(MappedArrow.FORMAT_VERSION));
  }

  /**
   * Reads the listing of {@code path}.
   *
   * @param firstRows how many rows to read
   * @throws CorruptFileException when nothing of it is readable
   * @throws UncheckedIOException when it cannot be opened
   */
  public static ArrowListing of(Path path, int firstRows) {
    try (BufferAllocator allocator = MappedArrow.allocator(path)) {
      try (MappedArrow file = MappedArrow.open(path, allocator)) {
        return read(file, firstRows, Optional.empty());
      } catch (CorruptFileException e) {
        Optional<MappedArrow> part = ArrowSalvage.open(path, allocator);
        if (part.isEmpty()) {
          throw e;
        }
        try (MappedArrow file = part.get()) {
          return read(file, firstRows, Optional.of(String.valueOf(e.getMessage())));
        }
      }
    } catch (CorruptFileException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  private static ArrowListing read(MappedArrow file, int firstRows, Optional<String> known)
      throws IOException {
    Schema schema = file.schema();
    List<Map<String, @Nullable Object>> first = new ArrayList<>();
    Optional<String> problem = known;
    long rows = 0;
    for (int i = 0; i < file.batches(); i++) {
      try (VectorSchemaRoot batch = file.load(i)) {
        rows += batch.getRowCount();
        for (int row = 0; row < batch.getRowCount() && first.size() < firstRows; row++) {
          first.add(row(batch, row));
        }
      } catch (RuntimeException e) {
        problem = problem.or(() -> Optional.of(String.valueOf(e.getMessage())));
      }
    }
    return new ArrowListing(
        new LinkedHashMap<>(schema.getCustomMetadata()),
        schema.getFields().stream().map(ArrowListing::column).toList(),
        file.batches(),
        rows,
        first,
        problem);
  }

  private static Column column(Field field) {
    return new Column(field.getName(), type(field), field.isNullable());
  }

  private static String type(Field field) {
    ArrowType type = field.getType();
    if (type instanceof ArrowType.List || type instanceof ArrowType.LargeList) {
      return "list<" + type(field.getChildren().get(0)) + ">";
    } else if (type instanceof ArrowType.Map) {
      List<Field> entry = field.getChildren().get(0).getChildren();
      return "map<" + type(entry.get(0)) + ", " + type(entry.get(1)) + ">";
    } else if (type instanceof ArrowType.Struct) {
      return "struct<"
          + String.join(
              ", ",
              field.getChildren().stream()
                  .map(child -> child.getName() + ": " + type(child))
                  .toList())
          + ">";
    } else if (type instanceof ArrowType.Int number) {
      return (number.getIsSigned() ? "int" : "uint") + number.getBitWidth();
    } else if (type instanceof ArrowType.FloatingPoint number) {
      return switch (number.getPrecision()) {
        case HALF -> "float16";
        case SINGLE -> "float32";
        case DOUBLE -> "float64";
      };
    }
    return switch (type.getTypeID()) {
      case Utf8 -> "text";
      case LargeUtf8 -> "large_text";
      case Binary -> "binary";
      case LargeBinary -> "large_binary";
      case Bool -> "bool";
      default -> type.toString();
    };
  }

  private static Map<String, @Nullable Object> row(VectorSchemaRoot batch, int row) {
    Map<String, @Nullable Object> cells = new LinkedHashMap<>();
    for (FieldVector vector : batch.getFieldVectors()) {
      cells.put(vector.getName(), cell(vector, row));
    }
    return Collections.unmodifiableMap(cells);
  }

  private static @Nullable Object cell(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    } else if (vector instanceof LargeVarBinaryVector bytes) {
      return new Binary(bytes.getValueLength(row));
    } else if (vector instanceof VarBinaryVector bytes) {
      return new Binary(bytes.getValueLength(row));
    }
    return plain(vector.getField(), vector.getObject(row));
  }

  /** A cell without Arrow's own types. */
  private static @Nullable Object plain(Field field, @Nullable Object value) {
    if (field.getType() instanceof ArrowType.Map && value instanceof List<?> entries) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      Field item = field.getChildren().get(0).getChildren().get(1);
      for (Object entry : entries) {
        if (entry instanceof Map<?, ?> pair) {
          map.put(String.valueOf(pair.get("key")), plain(item, pair.get("value")));
        }
      }
      return map;
    } else if (value instanceof List<?> list) {
      List<@Nullable Object> items = new ArrayList<>();
      for (Object item : list) {
        items.add(plain(field.getChildren().get(0), item));
      }
      return items;
    } else if (value instanceof byte[] bytes) {
      return new Binary(bytes.length);
    }
    return value == null || value instanceof Number || value instanceof Boolean
        ? value
        : value.toString();
  }
}
