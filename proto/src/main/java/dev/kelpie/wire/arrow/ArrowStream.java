package dev.kelpie.wire.arrow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.ArrowBuffer;
import org.apache.arrow.vector.ipc.message.ArrowFooter;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The bytes of an Arrow IPC file, batch by batch.
 *
 * <p>Arrow's own file writer repeats the first schema in the footer. Here the footer's schema may
 * carry metadata that is known only at the end, such as hashes of what was written; file readers
 * (ours, pyarrow, polars) take the schema from the footer.
 */
final class ArrowStream {
  private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);

  private final WriteChannel out;
  private final List<ArrowBlock> blocks = new ArrayList<>();

  /** Writes what stands before the first batch. */
  ArrowStream(WritableByteChannel target, Schema schema) throws IOException {
    out = new WriteChannel(target);
    out.write(MAGIC);
    out.align();
    MessageSerializer.serialize(out, schema);
  }

  /** Appends the rows of {@code root} as one record batch. */
  void write(VectorSchemaRoot root) throws IOException {
    try (ArrowRecordBatch batch = new VectorUnloader(root).getRecordBatch()) {
      blocks.add(MessageSerializer.serialize(out, batch));
    }
  }

  /** Where in the file the last column's values will lie when {@code root} is written next. */
  long offsetOfLastColumn(VectorSchemaRoot root) throws IOException {
    try (ArrowRecordBatch batch = new VectorUnloader(root).getRecordBatch()) {
      // How long the metadata is shows when they are written: here into nothing.
      ArrowBlock block = MessageSerializer.serialize(new WriteChannel(new Nowhere()), batch);
      List<ArrowBuffer> layout = batch.getBuffersLayout();
      return out.getCurrentPosition()
          + block.getMetadataLength()
          + layout.get(layout.size() - 1).getOffset();
    }
  }

  /** Writes the footer, which holds {@code schema}. */
  void end(Schema schema) throws IOException {
    out.writeIntLittleEndian(MessageSerializer.IPC_CONTINUATION_TOKEN);
    out.writeIntLittleEndian(0);
    long footerStart = out.getCurrentPosition();
    out.write(new ArrowFooter(schema, List.of(), blocks), false);
    out.writeIntLittleEndian((int) (out.getCurrentPosition() - footerStart));
    out.write(MAGIC);
  }

  private static final class Nowhere implements WritableByteChannel {
    @Override
    public int write(ByteBuffer source) {
      int count = source.remaining();
      source.position(source.limit());
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
