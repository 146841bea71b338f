package dev.kelpie.rollout.rows;

import dev.kelpie.config.ConfigException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A block of whole lines of a file.
 *
 * @param offset of the first byte in the file
 * @param number of the first line, from 1
 */
@SuppressWarnings("ArrayRecordComponent") // a buffer that is used again, never compared
record Lines(Path file, byte[] bytes, int length, long offset, int number) {
  static final int MOST_LINE_BYTES = 16 << 20;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long ENDS = ONES * '\n';

  /** Takes a line. */
  interface Line {
    void accept(int number, int from, int length);
  }

  /**
   * Hands over each line without its end, and leaves out blank ones. A byte order mark before line
   * 1 is no part of it.
   */
  void each(Line line) {
    int next = 0;
    int at = number;
    while (next < length) {
      int end = indexOfEnd(bytes, next, length);
      int from = at == 1 && next == 0 ? next + mark() : next;
      int to = end > from && bytes[end - 1] == '\r' ? end - 1 : end;
      requireShort(file, at, to - from);
      if (!isBlank(from, to)) {
        requireUtf8(at, from, to - from);
        line.accept(at, from, to - from);
      }
      next = end + 1;
      at++;
    }
  }

  static void requireShort(Path file, int number, int bytes) {
    if (bytes > MOST_LINE_BYTES) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s:%s: a line of more than %s MiB (expected: one JSON object per line)",
              file,
              number,
              MOST_LINE_BYTES >> 20));
    }
  }

  private int mark() {
    boolean has =
        length >= 3
            && bytes[0] == (byte) 0xef
            && bytes[1] == (byte) 0xbb
            && bytes[2] == (byte) 0xbf;
    return has ? 3 : 0;
  }

  private boolean isBlank(int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
        return false;
      }
    }
    return true;
  }

  private void requireUtf8(int line, int from, int count) {
    if (isAscii(from, from + count)) {
      return;
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes, from, count);
    CharBuffer out = CharBuffer.allocate(Math.min(count, 1 << 12) + 2);
    CoderResult result = decoder.decode(in, out, true);
    while (result.isOverflow()) {
      out.clear();
      result = decoder.decode(in, out, true);
    }
    if (result.isError()) {
      throw new ConfigException(
          file + ":" + line + ": not UTF-8 (expected: one JSON object per line, in UTF-8)");
    }
  }

  private boolean isAscii(int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      if (((long) LONGS.get(bytes, at) & HIGHS) != 0) {
        return false;
      }
    }
    for (; at < to; at++) {
      if (bytes[at] < 0) {
        return false;
      }
    }
    return true;
  }

  /** Index of the first line end in {@code [from, to)}; {@code to} if there is none. */
  static int indexOfEnd(byte[] bytes, int from, int to) {
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      long found = ends((long) LONGS.get(bytes, at));
      if (found != 0) {
        return at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
      }
    }
    for (; at < to; at++) {
      if (bytes[at] == '\n') {
        return at;
      }
    }
    return to;
  }

  /** Number of line ends in {@code [0, to)}. */
  static int countEnds(byte[] bytes, int to) {
    int count = 0;
    for (int at = indexOfEnd(bytes, 0, to); at < to; at = indexOfEnd(bytes, at + 1, to)) {
      count++;
    }
    return count;
  }

  /** The high bit of each byte that is a line end; the lowest such bit is exact. */
  private static long ends(long eight) {
    long other = eight ^ ENDS;
    return (other - ONES) & ~other & HIGHS;
  }
}
