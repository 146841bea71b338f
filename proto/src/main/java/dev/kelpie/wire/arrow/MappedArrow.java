package dev.kelpie.wire.arrow;

import dev.kelpie.files.InputFile;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.Mapping;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageMetadataResult;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * An Arrow IPC file whose record batches are mapped, not copied. Whatever does not parse is a
 * {@link CorruptFileException} of one line that names the file.
 */
final class MappedArrow implements AutoCloseable {
  /** Schema metadata: what the file holds. */
  static final String KIND = "kelpie.file";

  /** Schema metadata: version of the layout of that kind of file. */
  static final String FORMAT_VERSION = "kelpie.format-version";

  /** Memory that reading may take beside the mapped file. */
  private static final long SPARE_BYTES = 16 << 20;

  private final Path path;
  private final FileChannel channel;
  private final BufferAllocator allocator;
  private final Schema schema;
  private final List<ArrowBlock> blocks;

  MappedArrow(
      Path path,
      FileChannel channel,
      BufferAllocator allocator,
      Schema schema,
      List<ArrowBlock> blocks) {
    this.path = path;
    this.channel = channel;
    this.allocator = allocator;
    this.schema = schema;
    this.blocks = blocks;
  }

  /** Memory to read {@code path} with: a damaged file may claim any length, and gets an error. */
  static BufferAllocator allocator(Path path) throws IOException {
    InputFile.requireRegular(path);
    return new RootAllocator(Files.size(path) + SPARE_BYTES);
  }

  /** Opens a file that must hold {@code kind} in the layout {@code formatVersion}. */
  static MappedArrow open(Path path, String kind, int formatVersion, BufferAllocator allocator)
      throws IOException {
    return open(path, kind, List.of(formatVersion), allocator);
  }

  /** Opens a file that must hold {@code kind} in one of the layouts, the newest of them first. */
  static MappedArrow open(
      Path path, String kind, List<Integer> formatVersions, BufferAllocator allocator)
      throws IOException {
    MappedArrow file = open(path, allocator);
    try {
      file.require(KIND, kind);
      String found = file.schema().getCustomMetadata().get(FORMAT_VERSION);
      if (formatVersions.stream().noneMatch(known -> known.toString().equals(found))) {
        file.require(FORMAT_VERSION, formatVersions.get(0).toString());
      }
      return file;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Opens a file of any kind. */
  static MappedArrow open(Path path, BufferAllocator allocator) throws IOException {
    FileChannel channel = InputFile.openChannel(path);
    try {
      CorruptFileException.throwForHoles(path, channel.size());
      return readFooter(path, channel, allocator);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static MappedArrow readFooter(Path path, FileChannel channel, BufferAllocator allocator)
      throws IOException {
    try {
      FileFooter footer = FileFooter.read(channel, allocator);
      return new MappedArrow(path, channel, allocator, footer.schema(), footer.blocks());
    } catch (IOException | RuntimeException e) {
      throw corrupt(path, channel.size() + " bytes without a readable footer", e);
    }
  }

  Schema schema() {
    return schema;
  }

  int batches() {
    return blocks.size();
  }

  /** Maps a record batch; closing the root unmaps it. */
  VectorSchemaRoot load(int batch) throws IOException {
    ArrowBlock block = blocks.get(batch);
    long bodyStart = checkedBodyStart(block);
    MessageMetadataResult metadata = readMetadata(block);
    ArrowBuf body = Mapping.map(channel, bodyStart, block.getBodyLength(), allocator);
    try {
      return load(metadata, body);
    } catch (IOException | RuntimeException e) {
      releaseAll(body);
      throw corrupt(path, "record batch " + batch + " is not readable", e);
    }
  }

  private VectorSchemaRoot load(MessageMetadataResult metadata, ArrowBuf body) throws IOException {
    long bytes = body.capacity();
    VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
    // The record batch takes over the reference to the body, the root's vectors add their own.
    try (ArrowRecordBatch rows = MessageSerializer.deserializeRecordBatch(metadata, body)) {
      BatchBounds.require(schema, rows, bytes);
      new VectorLoader(root).load(rows);
      return root;
    } catch (IOException | RuntimeException e) {
      root.close();
      throw e;
    }
  }

  /** Arrow's loader drops references when it fails half-way. */
  private static void releaseAll(ArrowBuf body) {
    int references = body.getReferenceManager().getRefCount();
    if (body.capacity() > 0 && references > 0) {
      body.getReferenceManager().release(references);
    }
  }

  private long checkedBodyStart(ArrowBlock block) throws IOException {
    long bodyStart = block.getOffset() + block.getMetadataLength();
    boolean inside =
        block.getOffset() >= 0
            && block.getMetadataLength() >= 8
            && block.getBodyLength() >= 0
            && bodyStart <= channel.size() - block.getBodyLength();
    if (!inside) {
      throw corrupt(path, "a record batch reaches beyond its " + channel.size() + " bytes");
    }
    return bodyStart;
  }

  private MessageMetadataResult readMetadata(ArrowBlock block) throws IOException {
    long room = Math.min(block.getMetadataLength(), channel.size() - block.getOffset());
    return message(channel, block.getOffset(), room)
        .orElseThrow(() -> corrupt(path, "no record batch at byte " + block.getOffset()));
  }

  /** The message at byte {@code at}, if one of at most {@code room} bytes starts there. */
  static Optional<MessageMetadataResult> message(FileChannel channel, long at, long room)
      throws IOException {
    ByteBuffer prefix = bytes(channel, at, 8);
    int size = prefix.getInt(4);
    if (prefix.getInt(0) != MessageSerializer.IPC_CONTINUATION_TOKEN
        || size <= 0
        || size > room - 8) {
      return Optional.empty();
    }
    InputStream message = new ByteArrayInputStream(bytes(channel, at, 8 + size).array());
    return Optional.ofNullable(
        MessageSerializer.readMessage(new ReadChannel(Channels.newChannel(message))));
  }

  /** The bytes from {@code at} on; 0 behind the end of the file. */
  static ByteBuffer bytes(FileChannel channel, long at, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) >= 0) {}
    return bytes;
  }

  private void require(String key, String expected) {
    String found = schema.getCustomMetadata().get(key);
    if (!expected.equals(found)) {
      throw CorruptFileException.of("%s: %s is %s (expected: %s)", path, key, found, expected);
    }
  }

  /** Refuses a file that lacks one of {@code columns}, or has it with another type. */
  void requireColumns(List<Field> columns) {
    for (Field column : columns) {
      Optional<Field> found =
          schema.getFields().stream()
              .filter(field -> field.getName().equals(column.getName()))
              .findFirst();
      if (!found.equals(Optional.of(column))) {
        throw CorruptFileException.of(
            "%s: column %s is %s (expected: %s)",
            path, column.getName(), found.map(Field::toString).orElse("missing"), column);
      }
    }
  }

  private static CorruptFileException corrupt(Path path, String what) {
    return new CorruptFileException(path + ": " + what + " (expected: a whole Arrow file)");
  }

  private static CorruptFileException corrupt(Path path, String what, Throwable cause) {
    return new CorruptFileException(path + ": " + what + " (expected: a whole Arrow file)", cause);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
