package dev.kelpie.wire.file;

import dev.kelpie.experience.Invariant;
import dev.kelpie.files.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The chunks of a file in their order, each with its SHA-256, by which parts of the file can be
 * checked before the rest is there. As text, one line per chunk:
 *
 * <pre>kelpie-chunks 1
 * 16777216 5f2a...
 * 392 09bc...</pre>
 *
 * <p>The SHA-256 of the text is the hash of the file: it fixes every byte.
 */
public record ChunkList(List<Chunk> chunks) {
  /** Most bytes of a chunk. */
  public static final int MOST_BYTES = 16 << 20;

  private static final String HEAD = "kelpie-chunks 1";
  private static final Pattern LINE = Pattern.compile("([1-9]\\d{0,7}) ([0-9a-f]{64})");
  private static final int LARGEST_TEXT = 64 << 20;

  public ChunkList {
    chunks = List.copyOf(chunks);
  }

  /** The bytes {@code offset} (included) to {@code offset + bytes} (excluded) of a file. */
  public record Chunk(long offset, int bytes, String sha256) {
    public Chunk {
      Invariant.that(
          bytes > 0 && bytes <= MOST_BYTES,
          "chunk: %s bytes (expected: 1 to %s)",
          bytes,
          MOST_BYTES);
      Sha256.requireHex(sha256);
    }

    /** The first byte behind it. */
    public long end() {
      return offset + bytes;
    }

    /** Whether {@code content}, from its position to its limit, is this chunk. */
    public boolean holds(ByteBuffer content) {
      if (content.remaining() != bytes) {
        return false;
      }
      MessageDigest digest = Sha256.digest();
      digest.update(content.duplicate());
      return Sha256.hex(digest).equals(sha256);
    }
  }

  /** Builds a list chunk by chunk. */
  public static final class Builder {
    private final List<Chunk> chunks = new ArrayList<>();
    private long end;

    /** Appends the next {@code bytes} bytes; nothing for 0. */
    public Builder add(int bytes, String sha256) {
      if (bytes > 0) {
        chunks.add(new Chunk(end, bytes, sha256));
        end += bytes;
      }
      return this;
    }

    public ChunkList build() {
      return new ChunkList(chunks);
    }
  }

  /** Length of the file. */
  public long bytes() {
    return chunks.isEmpty() ? 0 : chunks.get(chunks.size() - 1).end();
  }

  /** The list as text, see above. */
  public String text() {
    StringBuilder text = new StringBuilder(HEAD).append('\n');
    for (Chunk chunk : chunks) {
      text.append(chunk.bytes()).append(' ').append(chunk.sha256()).append('\n');
    }
    return text.toString();
  }

  /** The hash of the file. */
  public String sha256() {
    return hash(text().getBytes(StandardCharsets.UTF_8));
  }

  private static String hash(byte[] text) {
    MessageDigest digest = Sha256.digest();
    digest.update(text);
    return Sha256.hex(digest);
  }

  /**
   * Reads a list.
   *
   * @param sha256 hash that it must have
   * @throws IOException in one line: another hash, or no list
   */
  public static ChunkList parse(byte[] text, String sha256) throws IOException {
    String found = hash(text);
    if (!found.equals(sha256)) {
      throw new IOException("chunks with SHA-256 " + found + " (expected: " + sha256 + ")");
    }
    List<String> lines = new String(text, StandardCharsets.UTF_8).lines().toList();
    if (lines.isEmpty() || !lines.get(0).equals(HEAD)) {
      throw new IOException("no list of chunks (expected: " + HEAD + " in the first line)");
    }
    Builder list = new Builder();
    for (String line : lines.subList(1, lines.size())) {
      Matcher chunk = LINE.matcher(line);
      if (!chunk.matches() || Integer.parseInt(chunk.group(1)) > MOST_BYTES) {
        throw new IOException(
            "chunk '" + line + "' (expected: 1 to " + MOST_BYTES + " bytes and their SHA-256)");
      }
      list.add(Integer.parseInt(chunk.group(1)), chunk.group(2));
    }
    return list.build();
  }

  /**
   * Reads the list that {@link #write} wrote beside a file.
   *
   * @throws IOException in one line with its name
   */
  public static ChunkList read(Path list, String sha256) throws IOException {
    try {
      return parse(InputFile.readBytes(list, LARGEST_TEXT), sha256);
    } catch (IOException e) {
      throw new IOException(list + ": " + e.getMessage(), e);
    }
  }

  /** Writes the list as a file. */
  public void write(Path list) throws IOException {
    AtomicFile.write(list, text());
  }

  /** The first chunk of {@code file} that differs; reads all of it. */
  public Optional<Chunk> firstDifference(Path file) throws IOException {
    try (FileChannel channel = InputFile.openChannel(file)) {
      CorruptFileException.throwForHoles(file, channel.size());
      ByteBuffer buffer = ByteBuffer.allocateDirect(MOST_BYTES);
      for (Chunk chunk : chunks) {
        if (!chunk.holds(bytes(channel, chunk, buffer))) {
          return Optional.of(chunk);
        }
      }
    }
    return Optional.empty();
  }

  /** Reads a chunk into {@code buffer}; fewer bytes where the file ends before it. */
  public static ByteBuffer bytes(FileChannel channel, Chunk chunk, ByteBuffer buffer)
      throws IOException {
    buffer.clear().limit(chunk.bytes());
    while (buffer.hasRemaining()
        && channel.read(buffer, chunk.offset() + buffer.position()) >= 0) {}
    return buffer.flip();
  }

  /** One line for people. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d bytes in %d chunks", bytes(), chunks.size());
  }
}
