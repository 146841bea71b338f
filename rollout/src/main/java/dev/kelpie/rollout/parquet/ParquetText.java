package dev.kelpie.rollout.parquet;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a Parquet file as lines of JSON, one object each with the wanted columns. Pages are
 * read one after the other, whatever the size of a row group. What is wrong with the file is an
 * {@link IOException} in words.
 */
public final class ParquetText extends InputStream {
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS).build();
  private static final int BLOCK_BYTES = 1 << 16;
  private static final Pattern CLASSES =
      Pattern.compile("\\b(?:java|org\\.apache|io\\.airlift)\\.");

  private final FileChannel file;
  private final List<RowGroup> groups;
  private final MessageType schema;
  private final MessageColumnIO columns;
  private final ByteArrayOutputStream rows = new ByteArrayOutputStream(2 * BLOCK_BYTES);
  private byte[] block = new byte[0];
  private int from;
  private int group;
  private long left;
  private @Nullable RecordReader<Group> records;

  /**
   * Reads the footer of {@code file}, which the caller closes.
   *
   * @param wanted the columns that are read; all others are skipped
   */
  public ParquetText(FileChannel file, Predicate<String> wanted) throws IOException {
    this.file = file;
    FileMetaData footer = ParquetFooter.read(file);
    this.groups = footer.getRow_groups();
    try {
      requireRows(footer);
      this.schema = ParquetSchema.of(footer.getSchema(), wanted);
      this.columns = new ColumnIOFactory().getColumnIO(schema);
    } catch (RuntimeException e) { // what Apache's classes throw on values that cannot be
      throw ParquetFooter.torn(e);
    }
  }

  /**
   * The names of the columns of {@code file}, each with the reason for which it cannot be read; an
   * empty text where it can be.
   */
  public static Map<String, String> columns(FileChannel file) throws IOException {
    FileMetaData footer = ParquetFooter.read(file);
    try {
      return ParquetSchema.columns(footer.getSchema());
    } catch (RuntimeException e) {
      throw ParquetFooter.torn(e);
    }
  }

  /** The rows of all groups are those of the file: none is lost in silence. */
  private static void requireRows(FileMetaData footer) throws IOException {
    long rows = 0;
    for (RowGroup group : footer.getRow_groups()) {
      if (group.getNum_rows() < 0) {
        throw ParquetFooter.torn(null);
      }
      rows += group.getNum_rows();
    }
    if (rows != footer.getNum_rows()) {
      throw ParquetFooter.torn(null);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (from == block.length && !fill()) {
      return -1;
    }
    int count = Math.min(length, block.length - from);
    System.arraycopy(block, from, bytes, offset, count);
    from += count;
    return count;
  }

  private boolean fill() throws IOException {
    rows.reset();
    try (JsonGenerator json = JSON.createGenerator(rows, JsonEncoding.UTF8)) {
      json.setRootValueSeparator(null);
      while (rows.size() < BLOCK_BYTES && nextRow()) {
        if (schema.getFieldCount() == 0 || records == null) {
          json.writeRaw("{}\n");
        } else {
          write(json, schema, records.read());
          json.writeRaw('\n');
        }
        left--;
        json.flush();
      }
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      // What Apache's decoders throw on bytes that are wrong: their sizes are not checked.
      throw new IOException(
          String.format(
              Locale.ROOT,
              "broken Parquet data in row group %s: %s (expected: a whole Parquet file)",
              group,
              reason(e)),
          e);
    }
    block = rows.toByteArray();
    from = 0;
    return block.length > 0;
  }

  private static String reason(Throwable e) {
    Throwable last = e;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    String message = String.valueOf(last.getMessage()).lines().findFirst().orElse("");
    boolean ofCode = last instanceof Error || CLASSES.matcher(message).find();
    return ofCode || message.isBlank() || message.equals("null")
        ? "a value that cannot be"
        : message;
  }

  private boolean nextRow() throws IOException {
    while (left == 0 && group < groups.size()) {
      RowGroup next = groups.get(group++);
      left = next.getNum_rows();
      file.position(Math.min(file.size(), start(next)));
      records =
          schema.getFieldCount() == 0 || left == 0
              ? null
              : columns.getRecordReader(pages(next), new GroupRecordConverter(schema));
    }
    return left > 0;
  }

  private static long start(RowGroup group) {
    return group.getColumns().stream()
        .mapToLong(column -> column.getMeta_data().getData_page_offset())
        .min()
        .orElse(0);
  }

  private PageReadStore pages(RowGroup rowGroup) throws IOException {
    Map<List<String>, ColumnChunk> chunks = new HashMap<>();
    for (ColumnChunk chunk : rowGroup.getColumns()) {
      chunks.put(chunk.getMeta_data().getPath_in_schema(), chunk);
    }
    Map<ColumnDescriptor, PageReader> pages = new HashMap<>();
    for (ColumnDescriptor column : schema.getColumns()) {
      ColumnChunk chunk = chunks.get(List.of(column.getPath()));
      if (chunk == null) {
        throw ParquetFooter.torn(null);
      }
      if (chunk.isSetCrypto_metadata()) {
        throw new IOException("encrypted (expected: a Parquet file that needs no key)");
      }
      boolean flat = column.getMaxRepetitionLevel() == 0;
      if (flat && chunk.getMeta_data().getNum_values() != rowGroup.getNum_rows()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "column %s has %s values in row group %s of %s rows (expected: a whole Parquet"
                    + " file)",
                column.getPath()[0],
                chunk.getMeta_data().getNum_values(),
                group,
                rowGroup.getNum_rows()));
      }
      pages.put(column, new ParquetPages(file, chunk.getMeta_data(), column.getPrimitiveType()));
    }
    return new Store(rowGroup.getNum_rows(), pages);
  }

  private record Store(long rows, Map<ColumnDescriptor, PageReader> pages)
      implements PageReadStore {
    @Override
    public PageReader getPageReader(ColumnDescriptor column) {
      PageReader reader = pages.get(column);
      if (reader == null) {
        throw new IllegalArgumentException("no column " + column);
      }
      return reader;
    }

    @Override
    public long getRowCount() {
      return rows;
    }
  }

  private static void write(JsonGenerator json, GroupType type, Group group) throws IOException {
    json.writeStartObject();
    for (int field = 0; field < type.getFieldCount(); field++) {
      json.writeFieldName(type.getFieldName(field));
      Type of = type.getType(field);
      int count = group.getFieldRepetitionCount(field);
      if (of.isRepetition(Type.Repetition.REPEATED)) {
        json.writeStartArray();
        for (int i = 0; i < count; i++) {
          value(json, of, group, field, i);
        }
        json.writeEndArray();
      } else if (count == 0) {
        json.writeNull();
      } else {
        value(json, of, group, field, 0);
      }
    }
    json.writeEndObject();
  }

  private static void value(JsonGenerator json, Type type, Group group, int field, int index)
      throws IOException {
    if (!type.isPrimitive()) {
      GroupType nested = type.asGroupType();
      if (nested.getLogicalTypeAnnotation()
          instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation) {
        list(json, nested, group.getGroup(field, index));
      } else {
        write(json, nested, group.getGroup(field, index));
      }
      return;
    }
    switch (type.asPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN -> json.writeBoolean(group.getBoolean(field, index));
      case INT32 -> json.writeNumber(group.getInteger(field, index));
      case INT64 -> json.writeNumber(group.getLong(field, index));
      case FLOAT -> json.writeNumber(group.getFloat(field, index));
      case DOUBLE -> json.writeNumber(group.getDouble(field, index));
      default -> json.writeString(group.getString(field, index));
    }
  }

  /** A list of three levels, {@code list.element}, or of two, as older writers have it. */
  private static void list(JsonGenerator json, GroupType type, Group group) throws IOException {
    Type repeated = type.getType(0);
    boolean direct =
        repeated.isPrimitive()
            || repeated.asGroupType().getFieldCount() != 1
            || repeated.getName().equals("array")
            || repeated.getName().equals(type.getName() + "_tuple");
    json.writeStartArray();
    for (int i = 0; i < group.getFieldRepetitionCount(0); i++) {
      if (direct) {
        value(json, repeated, group, 0, i);
        continue;
      }
      Group element = group.getGroup(0, i);
      if (element.getFieldRepetitionCount(0) == 0) {
        json.writeNull();
      } else {
        value(json, repeated.asGroupType().getType(0), element, 0, 0);
      }
    }
    json.writeEndArray();
  }
}
