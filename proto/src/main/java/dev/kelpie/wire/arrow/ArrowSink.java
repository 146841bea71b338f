package dev.kelpie.wire.arrow;

import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.WrittenFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.ArrowFooter;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Writes one Arrow IPC file, batch by batch, into an {@link AtomicFile}.
 *
 * <p>Arrow's own file writer repeats the first schema in the footer. Here the footer's schema may
 * carry metadata that is known only at the end, such as hashes of what was written; file readers
 * (ours, pyarrow, polars) take the schema from the footer.
 */
final class ArrowSink implements AutoCloseable {
  private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);

  private final AtomicFile file;
  private final WriteChannel out;
  private final List<ArrowBlock> blocks = new ArrayList<>();

  private ArrowSink(AtomicFile file) {
    this.file = file;
    this.out = new WriteChannel(file);
  }

  static ArrowSink create(Path target, Schema schema) throws IOException {
    AtomicFile file = AtomicFile.create(target);
    ArrowSink sink = new ArrowSink(file);
    try {
      sink.out.write(MAGIC);
      sink.out.align();
      MessageSerializer.serialize(sink.out, schema);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
    return sink;
  }

  /** Appends the rows of {@code root} as one record batch. */
  void write(VectorSchemaRoot root) throws IOException {
    try (ArrowRecordBatch batch = new VectorUnloader(root).getRecordBatch()) {
      blocks.add(MessageSerializer.serialize(out, batch));
    }
  }

  /** Ends the file with a footer that holds {@code schema} and gives it its name. */
  WrittenFile finish(Schema schema) throws IOException {
    out.writeIntLittleEndian(MessageSerializer.IPC_CONTINUATION_TOKEN);
    out.writeIntLittleEndian(0);
    long footerStart = out.getCurrentPosition();
    out.write(new ArrowFooter(schema, List.of(), blocks), false);
    out.writeIntLittleEndian((int) (out.getCurrentPosition() - footerStart));
    out.write(MAGIC);
    return file.commit();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
