package dev.kelpie.wire.arrow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.DictionaryUtility;
import org.jspecify.annotations.Nullable;

/**
 * The footer of an Arrow IPC file: its schema and the places of its record batches. The tables in
 * it may point to the same bytes many times, so what they unfold to is counted before it is built.
 */
record FileFooter(Schema schema, List<ArrowBlock> blocks) {
  private static final String MAGIC = "ARROW1";
  private static final int END_BYTES = 4 + 6; // length of the footer, magic
  private static final int MOST_BYTES = 64 << 20;
  private static final int MOST_FIELDS = 10_000;
  private static final int MOST_DEPTH = 32;

  /** Throws IllegalArgumentException or IndexOutOfBoundsException where it is damaged. */
  static FileFooter read(FileChannel channel, BufferAllocator allocator) throws IOException {
    long size = channel.size();
    ByteBuffer end = MappedArrow.bytes(channel, Math.max(0, size - END_BYTES), END_BYTES);
    byte[] magic = new byte[MAGIC.length()];
    end.get(4, magic);
    int length = end.getInt(0);
    if (!new String(magic, StandardCharsets.US_ASCII).equals(MAGIC)
        || length <= 0
        || length > Math.min(MOST_BYTES, size - END_BYTES)) {
      throw new IllegalArgumentException("no footer");
    }
    ByteBuffer bytes = MappedArrow.bytes(channel, size - END_BYTES - length, length).rewind();
    Footer footer = Footer.getRootAsFooter(bytes);
    return new FileFooter(schema(footer.schema(), allocator), blocks(footer, size));
  }

  /** A schema whose tables unfold within bounds, and whose columns can be made. */
  static Schema schema(
      org.apache.arrow.flatbuf.@Nullable Schema written, BufferAllocator allocator) {
    if (written == null) {
      throw new IllegalArgumentException("no schema");
    }
    new Unfolded().add(written);
    Schema schema = inMemory(Schema.convertSchema(written), allocator);
    VectorSchemaRoot.create(schema, allocator).close();
    return schema;
  }

  private static final class Unfolded {
    private int fields;
    private long text;

    void add(org.apache.arrow.flatbuf.Schema schema) {
      for (int i = 0; i < schema.fieldsLength(); i++) {
        add(schema.fields(i), 1);
      }
      for (int i = 0; i < schema.customMetadataLength(); i++) {
        add(schema.customMetadata(i));
      }
    }

    private void add(org.apache.arrow.flatbuf.Field field, int depth) {
      fields++;
      require(fields <= MOST_FIELDS && depth <= MOST_DEPTH);
      addText(field.nameAsByteBuffer());
      for (int i = 0; i < field.customMetadataLength(); i++) {
        add(field.customMetadata(i));
      }
      for (int i = 0; i < field.childrenLength(); i++) {
        add(field.children(i), depth + 1);
      }
    }

    private void add(org.apache.arrow.flatbuf.KeyValue entry) {
      addText(entry.keyAsByteBuffer());
      addText(entry.valueAsByteBuffer());
    }

    private void addText(@Nullable ByteBuffer more) {
      text += 8L + (more == null ? 0 : more.remaining());
      require(text <= MOST_BYTES);
    }

    private static void require(boolean within) {
      if (!within) {
        throw new IllegalArgumentException("a schema of more columns or text than a file has");
      }
    }
  }

  /** Columns by dictionary become columns of indices, as their record batches have them. */
  private static Schema inMemory(Schema schema, BufferAllocator allocator) {
    Map<Long, Dictionary> dictionaries = new HashMap<>();
    try {
      List<Field> fields = new ArrayList<>();
      for (Field field : schema.getFields()) {
        fields.add(DictionaryUtility.toMemoryFormat(field, allocator, dictionaries));
      }
      return new Schema(fields, schema.getCustomMetadata());
    } finally {
      dictionaries.values().forEach(dictionary -> dictionary.getVector().close());
    }
  }

  /** The record batches, which together are no larger than the file. */
  private static List<ArrowBlock> blocks(Footer footer, long size) {
    List<ArrowBlock> blocks = new ArrayList<>();
    long left = size;
    for (int i = 0; i < footer.recordBatchesLength(); i++) {
      org.apache.arrow.flatbuf.Block block = footer.recordBatches(i);
      left -= Math.max(1, block.metaDataLength());
      if (block.bodyLength() < 0 || block.bodyLength() > left) {
        throw new IllegalArgumentException("record batches beyond the end of the file");
      }
      left -= block.bodyLength();
      blocks.add(new ArrowBlock(block.offset(), block.metaDataLength(), block.bodyLength()));
    }
    return blocks;
  }
}
