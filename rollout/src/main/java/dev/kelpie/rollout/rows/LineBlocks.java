package dev.kelpie.rollout.rows;

import dev.kelpie.config.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;

/** Reads a file as blocks of whole lines of about 1 MiB, and hashes what it reads. */
final class LineBlocks {
  private static final int BLOCK_BYTES = 1 << 20;

  private final Path file;
  private final InputStream in;
  private final Optional<MessageDigest> digest;
  private final Deque<byte[]> free = new ArrayDeque<>();
  private byte[] rest = new byte[0];
  private long offset;
  private int number = 1;
  private boolean ended;

  /** Reads {@code in}, the text of {@code file}, which the caller closes. */
  LineBlocks(Path file, InputStream in, Optional<MessageDigest> digest) {
    this.file = file;
    this.in = in;
    this.digest = digest;
  }

  /** Number of lines handed over, and after an {@link IOException} of those before it. */
  int lines() {
    return number - 1;
  }

  /** Whether the block handed over last was the last one. */
  boolean ended() {
    return ended;
  }

  /** Takes back the memory of a block that nobody looks at any more. */
  void recycle(Lines block) {
    if (block.bytes().length == BLOCK_BYTES && free.size() < 4) {
      free.push(block.bytes());
    }
  }

  /** The next block, if there is one. */
  Optional<Lines> next() throws IOException {
    if (ended) {
      return Optional.empty();
    }
    byte[] bytes = buffer();
    int length = rest.length;
    while (true) {
      int read = fill(bytes, length);
      ended = length + read < bytes.length;
      length += read;
      int whole = ended ? length : lastEnd(bytes, length, length - read);
      if (whole > 0) {
        return Optional.of(block(bytes, whole, length));
      } else if (ended) {
        return Optional.empty();
      }
      if (length > Lines.MOST_LINE_BYTES + 4) { // a byte order mark, a carriage return
        Lines.requireShort(file, number, length);
      }
      bytes = Arrays.copyOf(bytes, 2 * bytes.length);
    }
  }

  private byte[] buffer() {
    byte[] reused = free.poll();
    byte[] bytes =
        rest.length < BLOCK_BYTES
            ? (reused == null ? new byte[BLOCK_BYTES] : reused)
            : new byte[rest.length + BLOCK_BYTES];
    System.arraycopy(rest, 0, bytes, 0, rest.length);
    return bytes;
  }

  private Lines block(byte[] bytes, int whole, int length) {
    Lines block = new Lines(file, bytes, whole, offset, number);
    rest = Arrays.copyOfRange(bytes, whole, length);
    offset += whole;
    long last = (long) number + Lines.countEnds(bytes, whole);
    if (last > Integer.MAX_VALUE) {
      throw new ConfigException(
          file + ": more than " + Integer.MAX_VALUE + " lines (expected: at most that)");
    }
    number = (int) last;
    return block;
  }

  /** Reads until {@code bytes} is full or the file has ended; the number of bytes read. */
  private int fill(byte[] bytes, int from) throws IOException {
    int to = from;
    try {
      for (int read = 0; read >= 0 && to < bytes.length; ) {
        read = in.read(bytes, to, bytes.length - to);
        to += Math.max(0, read);
      }
    } catch (IOException e) {
      number += Lines.countEnds(bytes, to); // for the message
      throw e;
    }
    int end = to;
    digest.ifPresent(hash -> hash.update(bytes, from, end - from));
    return end - from;
  }

  /** Index behind the last line end; 0 if there is none at {@code from} or later. */
  private static int lastEnd(byte[] bytes, int to, int from) {
    for (int at = to - 1; at >= from; at--) {
      if (bytes[at] == '\n') {
        return at + 1;
      }
    }
    return 0;
  }
}
