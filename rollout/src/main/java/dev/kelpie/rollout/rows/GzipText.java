package dev.kelpie.rollout.rows;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * The text of a gzip file (RFC 1952): one member or several behind each other, and zeros behind the
 * last one, as Python's {@code gzip} reads it. {@link java.util.zip.GZIPInputStream} takes anything
 * else behind a member for the end, so that rows behind a damaged header would be lost.
 */
final class GzipText extends InputStream {
  private static final int TRAILER_BYTES = 8;
  private static final int HEADER_CHECK = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;

  private final InputStream packed;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 check = new CRC32();
  private final byte[] buffer = new byte[1 << 16];
  private int from;
  private int to;
  private boolean ended;

  /**
   * Reads the first header.
   *
   * @throws ZipException if it is none
   * @throws EOFException if it is cut short
   */
  GzipText(InputStream packed) throws IOException {
    this.packed = packed;
    try {
      readHeader(next());
    } catch (IOException e) {
      end();
      throw e;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    while (!ended && length > 0) {
      int count = inflate(bytes, offset, length);
      if (count > 0) {
        check.update(bytes, offset, count);
        return count;
      } else if (inflater.finished()) {
        from = to - inflater.getRemaining();
        endMember();
      } else if (inflater.needsDictionary()) {
        throw new ZipException("a dictionary");
      } else {
        from = to;
        fill();
        inflater.setInput(buffer, from, to - from);
      }
    }
    return length == 0 ? 0 : -1;
  }

  private int inflate(byte[] bytes, int offset, int length) throws ZipException {
    try {
      return inflater.inflate(bytes, offset, length);
    } catch (DataFormatException e) {
      throw new ZipException(e.getMessage());
    }
  }

  private void endMember() throws IOException {
    long trailer = 0;
    for (int i = 0; i < TRAILER_BYTES; i++) {
      trailer |= (long) next() << (Byte.SIZE * i);
    }
    long size = inflater.getBytesWritten() & 0xffffffffL;
    if (trailer != (check.getValue() | size << Integer.SIZE)) {
      throw new ZipException("another check sum");
    }
    int first = 0;
    while (first == 0) {
      if (from == to && !more()) {
        ended = true;
        return;
      }
      first = next();
    }
    readHeader(first);
  }

  private void readHeader(int first) throws IOException {
    if (first != 0x1f || next() != 0x8b || next() != 8) {
      throw new ZipException("not a gzip header");
    }
    int flags = next();
    skip(6);
    if ((flags & EXTRA) != 0) {
      skip(next() | next() << Byte.SIZE);
    }
    for (int text : new int[] {NAME, COMMENT}) {
      while ((flags & text) != 0 && next() != 0) {
        // up to the 0 that ends it
      }
    }
    skip((flags & HEADER_CHECK) != 0 ? 2 : 0);
    inflater.reset();
    check.reset();
    inflater.setInput(buffer, from, to - from);
  }

  private void skip(int bytes) throws IOException {
    for (int i = 0; i < bytes; i++) {
      next();
    }
  }

  private int next() throws IOException {
    if (from == to) {
      fill();
    }
    return Byte.toUnsignedInt(buffer[from++]);
  }

  private void fill() throws IOException {
    if (!more()) {
      throw new EOFException("cut short");
    }
  }

  private boolean more() throws IOException {
    from = 0;
    to = Math.max(0, packed.read(buffer));
    return to > 0;
  }

  /** Frees the native memory; leaves the packed stream open. */
  void end() {
    inflater.end();
  }

  @Override
  public void close() throws IOException {
    end();
    packed.close();
  }
}
