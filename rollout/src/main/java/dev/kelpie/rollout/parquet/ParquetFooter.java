package dev.kelpie.rollout.parquet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;

/** The footer of a Parquet file: its columns and where their pages lie. */
final class ParquetFooter {
  private static final int MOST_BYTES = 256 << 20;
  private static final int TAIL_BYTES = 8;

  private ParquetFooter() {}

  /**
   * Reads the footer.
   *
   * @throws IOException in words, if there is none or it is encrypted
   */
  static FileMetaData read(FileChannel file) throws IOException {
    long size = file.size();
    if (size == 0) {
      throw new IOException("empty (expected: a Parquet file)");
    }
    String start = size < 4 ? "" : text(bytes(file, 0, 4), 0);
    if (!start.equals("PAR1") && !start.equals("PARE")) {
      throw new IOException("no Parquet file (expected: PAR1 at its start)");
    }
    ByteBuffer tail = size < 12 ? ByteBuffer.allocate(0) : bytes(file, size - TAIL_BYTES, 8);
    String end = size < 12 ? "" : text(tail, 4);
    if (end.equals("PARE") || start.equals("PARE")) {
      throw new IOException("encrypted (expected: a Parquet file that needs no key)");
    }
    long length = size < 12 ? 0 : Integer.toUnsignedLong(tail.getInt(0));
    if (!end.equals("PAR1") || length > MOST_BYTES || length > size - 12) {
      throw new IOException("torn footer (expected: a whole Parquet file; was its copy cut?)");
    }
    FileMetaData footer = parse(bytes(file, size - TAIL_BYTES - length, (int) length));
    if (footer.isSetEncryption_algorithm()) {
      throw new IOException("encrypted (expected: a Parquet file that needs no key)");
    }
    return footer;
  }

  private static FileMetaData parse(ByteBuffer bytes) throws IOException {
    byte[] footer = new byte[bytes.limit()];
    bytes.get(0, footer);
    try {
      return Util.readFileMetaData(new ByteArrayInputStream(footer));
    } catch (IOException | RuntimeException | StackOverflowError | OutOfMemoryError e) {
      throw torn(e); // Apache's reader makes room for what a torn length says
    }
  }

  /** An exception for a footer whose values cannot be. */
  static IOException torn(@Nullable Throwable cause) {
    return new IOException("torn footer (expected: a whole Parquet file)", cause);
  }

  private static String text(ByteBuffer bytes, int from) {
    byte[] text = new byte[4];
    bytes.get(from, text);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  /** {@code length} bytes from {@code offset} on. */
  static ByteBuffer bytes(FileChannel file, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, offset + bytes.position()) < 0) {
        throw new IOException("cut short (expected: a whole Parquet file)");
      }
    }
    return bytes;
  }
}
