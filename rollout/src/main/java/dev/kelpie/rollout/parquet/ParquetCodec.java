package dev.kelpie.rollout.parquet;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.snappy.SnappyDecompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.format.CompressionCodec;

/** Unpacks pages. */
final class ParquetCodec {
  private static final int MOST_BYTES = 1 << 29;

  /** A page of this size is unpacked whatever the footer says of its column. */
  private static final int ALWAYS_BYTES = 1 << 24;

  private final CompressionCodec codec;
  private final long most;

  /**
   * @param all size of all pages of the column, unpacked
   * @throws IOException for a codec that is not supported
   */
  ParquetCodec(CompressionCodec codec, long all) throws IOException {
    this.most = Math.min(MOST_BYTES, Math.max(ALWAYS_BYTES, all));
    switch (codec) {
      case UNCOMPRESSED, GZIP, SNAPPY, ZSTD -> this.codec = codec;
      default ->
          throw new IOException(
              "compressed by " + codec + " (expected: gzip, snappy, zstd or no compression)");
    }
  }

  /** The {@code size} bytes that {@code packed} is made of. */
  byte[] unpack(byte[] packed, int size) throws IOException {
    if (codec == CompressionCodec.UNCOMPRESSED) {
      return packed;
    }
    if (size < 0 || size > most) {
      throw new IOException("a page of " + size + " bytes");
    }
    byte[] bytes = new byte[size];
    int count;
    try {
      count =
          switch (codec) {
            case SNAPPY ->
                new SnappyDecompressor().decompress(packed, 0, packed.length, bytes, 0, size);
            case ZSTD ->
                new ZstdDecompressor().decompress(packed, 0, packed.length, bytes, 0, size);
            default -> gunzip(packed, bytes);
          };
    } catch (MalformedInputException e) {
      throw new IOException("a broken page", e);
    }
    if (count != size) {
      throw new IOException("a page of another size than it says");
    }
    return bytes;
  }

  private static int gunzip(byte[] packed, byte[] bytes) throws IOException {
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      int count = in.readNBytes(bytes, 0, bytes.length);
      return in.read() < 0 ? count : -1;
    }
  }
}
