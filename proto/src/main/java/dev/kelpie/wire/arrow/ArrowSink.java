package dev.kelpie.wire.arrow;

import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.WrittenFile;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/** Writes one Arrow IPC file, batch by batch, into an {@link AtomicFile}. */
final class ArrowSink implements AutoCloseable {
  private final AtomicFile file;
  private final ArrowStream stream;

  private ArrowSink(AtomicFile file, ArrowStream stream) {
    this.file = file;
    this.stream = stream;
  }

  static ArrowSink create(Path target, Schema schema) throws IOException {
    AtomicFile file = AtomicFile.create(target);
    try {
      return new ArrowSink(file, new ArrowStream(file, schema));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Appends the rows of {@code root} as one record batch. */
  void write(VectorSchemaRoot root) throws IOException {
    stream.write(root);
  }

  /** Ends the file with a footer that holds {@code schema} and gives it its name. */
  WrittenFile finish(Schema schema) throws IOException {
    stream.end(schema);
    return file.commit();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
