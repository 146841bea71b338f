package dev.kelpie.model;

import dev.kelpie.experience.WeightSnapshot.ChunkSink;
import dev.kelpie.files.InputFile;
import dev.kelpie.files.StoredFile;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.JsonFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * An open safetensors file. Its bytes are read by position rather than mapped: a file of any size
 * works, a file that shrinks while it is read is an error message and not the end of the process,
 * and closing releases it at once. Reads may come from several threads.
 */
public final class SafetensorsFile implements AutoCloseable {
  private static final int MAX_HEADER_BYTES = 16 << 20; // of 10,000 tensors: 1.5 MB

  private final Path file;
  private final FileChannel channel;
  private final SafetensorsHeader header;

  private SafetensorsFile(Path file, FileChannel channel, SafetensorsHeader header) {
    this.file = file;
    this.channel = channel;
    this.header = header;
  }

  /**
   * Opens {@code file} and checks that its header and its length agree.
   *
   * @throws CheckpointException naming the file, and the tensor where one is wrong
   */
  public static SafetensorsFile open(Path file) {
    if (!Files.exists(file)) {
      throw new CheckpointException(file + ": missing");
    }
    try {
      FileChannel channel = channel(file);
      try {
        return new SafetensorsFile(file, channel, header(file, channel));
      } catch (Throwable e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens {@code file} for reading.
   *
   * @throws CheckpointException if it is not a regular file of its folder
   */
  static FileChannel channel(Path file) throws IOException {
    try {
      JsonFile.requireInside(file);
      return InputFile.openChannel(file);
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? "cannot be read" : e.getReason();
      throw new CheckpointException(file + ": " + reason, e);
    }
  }

  private static SafetensorsHeader header(Path file, FileChannel channel) throws IOException {
    byte[] json = headerText(file, channel);
    return SafetensorsHeader.parse(file, json, 8 + json.length, channel.size());
  }

  /** The JSON text of the header. */
  static byte[] headerText(Path file, FileChannel channel) throws IOException {
    long length = channel.size();
    if (length < 8) {
      throw new CheckpointException(
          file + ": " + length + " bytes (expected: a safetensors file, at least 8)");
    }
    ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    readFully(file, channel, prefix, 0);
    long headerBytes = prefix.flip().getLong();
    if (headerBytes < 2 || headerBytes > length - 8) {
      throw CheckpointException.of(
          "%s: a header of %s bytes in a file of %s (expected: a safetensors file)",
          file, Long.toUnsignedString(headerBytes), length);
    }
    if (headerBytes > MAX_HEADER_BYTES) {
      throw new CheckpointException(
          file + ": a header of " + headerBytes + " bytes (expected: at most 16 MiB)");
    }
    Optional<String> problem = StoredFile.problem(file, length);
    if (problem.isPresent()) {
      throw new CheckpointException(file + ": " + problem.get());
    }
    ByteBuffer json = ByteBuffer.allocate((int) headerBytes);
    readFully(file, channel, json, 8);
    return json.array();
  }

  /** The path of the file. */
  public Path path() {
    return file;
  }

  /** The names of all tensors, in order. */
  public Collection<String> names() {
    return header.entries().keySet();
  }

  /** The type of the tensor called {@code name}: F32, BF16, I64, ... */
  public String dtype(String name) {
    return entry(name).dtype();
  }

  /** The shape of the tensor called {@code name}. */
  public List<Long> shape(String name) {
    return entry(name).shape();
  }

  /**
   * Hands the bytes of the tensor called {@code name} to {@code sink}, little-endian and row-major,
   * in chunks of at most {@code chunkBytes}, each a whole number of elements. A buffer is valid
   * only during the call.
   */
  public void read(String name, int chunkBytes, ChunkSink sink) {
    SafetensorsHeader.Entry entry = entry(name);
    int whole = Math.max(8, chunkBytes / 8 * 8);
    ByteBuffer chunk =
        ByteBuffer.allocateDirect((int) Math.min(whole, entry.end() - entry.begin()))
            .order(ByteOrder.LITTLE_ENDIAN);
    try {
      for (long at = entry.begin(); at < entry.end(); at += whole) {
        chunk.clear().limit((int) Math.min(whole, entry.end() - at));
        readFully(file, channel, chunk, at);
        sink.accept(chunk.flip());
      }
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + name + ": " + e.getMessage(), e);
    }
  }

  /**
   * Fills {@code target} with bytes of the tensor called {@code name}, from byte {@code from} on.
   */
  void read(String name, long from, ByteBuffer target) {
    try {
      readFully(file, channel, target, entry(name).begin() + from);
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + name + ": " + e.getMessage(), e);
    }
  }

  /** Closes the file; reads after this throw. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    }
  }

  private SafetensorsHeader.Entry entry(String name) {
    SafetensorsHeader.Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new CheckpointException(file + ": " + name + ": missing");
    }
    return entry;
  }

  private static void readFully(Path file, FileChannel channel, ByteBuffer target, long at)
      throws IOException {
    long next = at;
    while (target.hasRemaining()) {
      int read = channel.read(target, next);
      if (read < 0) {
        throw new CheckpointException(
            file + ": ends at byte " + next + " while it is read (expected: it stays as it was)");
      }
      next += read;
    }
  }
}
