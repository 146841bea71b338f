package dev.kelpie.wire.arrow;

import dev.kelpie.files.InputFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.MessageMetadataResult;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Opens what is left of a truncated Arrow IPC file: the schema at its start and the record batches
 * that are there in full length.
 */
final class ArrowSalvage {
  private static final byte[] MAGIC = "ARROW1\0\0".getBytes(StandardCharsets.US_ASCII);

  private final FileChannel channel;
  private final long length;

  private ArrowSalvage(FileChannel channel) throws IOException {
    this.channel = channel;
    this.length = channel.size();
  }

  /** A message's place and content. */
  private record Found(long at, MessageMetadataResult message) {
    long bodyStart() {
      return at + 8 + message.getMessageLength();
    }

    long end() {
      return bodyStart() + message.getMessageBodyLength();
    }
  }

  /** The readable part of {@code path}; empty when not even its schema is. */
  static Optional<MappedArrow> open(Path path, BufferAllocator allocator) throws IOException {
    FileChannel channel = InputFile.openChannel(path);
    try {
      Optional<MappedArrow> file = new ArrowSalvage(channel).read(path, allocator);
      if (file.isEmpty()) {
        channel.close();
      }
      return file;
    } catch (IOException | RuntimeException e) {
      channel.close();
      return Optional.empty(); // what does not parse is not readable
    }
  }

  private Optional<MappedArrow> read(Path path, BufferAllocator allocator) throws IOException {
    if (!Arrays.equals(MappedArrow.bytes(channel, 0, MAGIC.length).array(), MAGIC)) {
      return Optional.empty();
    }
    Optional<Found> first = message(MAGIC.length);
    if (first.isEmpty()) {
      return Optional.empty();
    }
    Message opening = first.get().message().getMessage();
    if (opening.headerType() != MessageHeader.Schema) {
      return Optional.empty();
    }
    Schema schema =
        FileFooter.schema(
            (org.apache.arrow.flatbuf.Schema) opening.header(new org.apache.arrow.flatbuf.Schema()),
            allocator);
    List<ArrowBlock> blocks = new ArrayList<>();
    Optional<Found> next = message(first.get().end());
    while (next.isPresent() && next.get().end() <= length) {
      Found batch = next.get();
      blocks.add(
          new ArrowBlock(
              batch.at(),
              8 + batch.message().getMessageLength(),
              batch.message().getMessageBodyLength()));
      next = message(batch.end());
    }
    return Optional.of(new MappedArrow(path, channel, allocator, schema, blocks));
  }

  private Optional<Found> message(long at) throws IOException {
    return MappedArrow.message(channel, at, length - at)
        .filter(read -> read.getMessageBodyLength() >= 0)
        .map(read -> new Found(at, read));
  }
}
