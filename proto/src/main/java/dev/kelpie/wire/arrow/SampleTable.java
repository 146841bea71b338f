package dev.kelpie.wire.arrow;

import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.WrittenFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A kind of Arrow file with one row per item.
 *
 * @param kind what the file's metadata calls it
 * @param formatVersion version of its columns
 * @param fields its columns
 * @param later columns that follow them in what is written, and that a file may lack
 * @param write sets the cells of an item's row
 * @param read makes an item of a row
 */
record SampleTable<T>(
    String kind,
    int formatVersion,
    List<Field> fields,
    List<Field> later,
    BiConsumer<RowWriter, T> write,
    Function<RowReader, T> read) {
  private static final int BATCH_ROWS = 256;

  /** Writes all {@code items} to a new file, whole or not at all. */
  WrittenFile write(Path target, List<T> items) {
    Schema schema = Columns.schema(kind, formatVersion, Columns.join(fields, later), Map.of());
    try (BufferAllocator allocator = new RootAllocator();
        ArrowSink sink = ArrowSink.create(target, schema)) {
      for (int from = 0; from < items.size(); from += BATCH_ROWS) {
        List<T> batch = items.subList(from, Math.min(from + BATCH_ROWS, items.size()));
        writeBatch(sink, schema, allocator, batch);
      }
      return sink.finish(schema);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + target + ": " + e.getMessage(), e);
    }
  }

  private void writeBatch(ArrowSink sink, Schema schema, BufferAllocator allocator, List<T> batch)
      throws IOException {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
      RowWriter rows = new RowWriter(root);
      for (T item : batch) {
        rows.next();
        write.accept(rows, item);
      }
      rows.finish();
      sink.write(root);
    }
  }

  /** Reads rows {@code from} (included) to {@code to} (excluded, at most the number of rows). */
  List<T> read(Path path, long from, long to) {
    try (BufferAllocator allocator = MappedArrow.allocator(path);
        MappedArrow file = MappedArrow.open(path, kind, formatVersion, allocator)) {
      file.requireColumns(fields);
      List<T> items = new ArrayList<>();
      long first = 0;
      for (int batch = 0; batch < file.batches() && first < to; batch++) {
        try (VectorSchemaRoot root = file.load(batch)) {
          int rows = root.getRowCount();
          readRows(root, (int) Math.max(0, from - first), (int) Math.min(rows, to - first), items);
          first += rows;
        }
      }
      return items;
    } catch (CorruptFileException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw new CorruptFileException(path + ": a row is not readable: " + e.getMessage(), e);
    }
  }

  private void readRows(VectorSchemaRoot root, int from, int to, List<T> items) {
    RowReader row = new RowReader(root);
    for (int i = from; i < to; i++) {
      row.at(i);
      items.add(read.apply(row));
    }
  }
}
