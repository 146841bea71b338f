package dev.kelpie.rollout.parquet;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.parquet.schema.PrimitiveType;
import org.jspecify.annotations.Nullable;

/** The pages of a column in one row group, read one after the other, so that memory is flat. */
final class ParquetPages implements PageReader {
  private final Chunk chunk;
  private final ParquetCodec codec;
  private final PrimitiveType type;
  private final long values;
  private @Nullable DataPage first;
  private @Nullable DictionaryPage dictionary;
  private boolean opened;
  private long read;

  ParquetPages(FileChannel file, ColumnMetaData column, PrimitiveType type) throws IOException {
    long start = column.getData_page_offset();
    if (column.isSetDictionary_page_offset() && column.getDictionary_page_offset() > 0) {
      start = Math.min(start, column.getDictionary_page_offset());
    }
    this.chunk = new Chunk(file, start, start + column.getTotal_compressed_size());
    this.codec = new ParquetCodec(column.getCodec(), column.getTotal_uncompressed_size());
    this.type = type;
    this.values = column.getNum_values();
  }

  /** The bytes of the chunk. */
  private static final class Chunk extends InputStream {
    private final FileChannel file;
    private final long end;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).limit(0);
    private long next;

    Chunk(FileChannel file, long start, long end) {
      this.file = file;
      this.next = start;
      this.end = end;
    }

    @Override
    public int read() throws IOException {
      if (!buffer.hasRemaining() && !fill()) {
        return -1;
      }
      return Byte.toUnsignedInt(buffer.get());
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (!buffer.hasRemaining() && !fill()) {
        return -1;
      }
      int count = Math.min(length, buffer.remaining());
      buffer.get(bytes, offset, count);
      return count;
    }

    private boolean fill() throws IOException {
      int wanted = (int) Math.min(buffer.capacity(), end - next);
      if (wanted <= 0) {
        return false;
      }
      buffer.clear().limit(wanted);
      int count = file.read(buffer, next);
      buffer.flip();
      next += Math.max(0, count);
      return count > 0;
    }

    byte[] exactly(int length) throws IOException {
      if (length < 0 || length > end - next + buffer.remaining()) {
        throw new EOFException("a page that is cut short");
      }
      return readNBytes(length);
    }
  }

  @Override
  public @Nullable DictionaryPage readDictionaryPage() {
    open();
    return dictionary;
  }

  @Override
  public long getTotalValueCount() {
    return values;
  }

  @Override
  public @Nullable DataPage readPage() {
    open();
    DataPage page = first;
    first = null;
    return page == null ? next() : page;
  }

  private void open() {
    if (!opened) {
      opened = true;
      first = next();
    }
  }

  /** The next page of data; a dictionary on the way is kept. */
  private @Nullable DataPage next() {
    try {
      while (read < values) {
        PageHeader header = Util.readPageHeader(chunk);
        byte[] bytes = chunk.exactly(header.getCompressed_page_size());
        requireWhole(header, bytes);
        if (header.getType() == PageType.DICTIONARY_PAGE) {
          dictionary = dictionary(header, bytes);
        } else if (header.getType() == PageType.DATA_PAGE) {
          return page(header, bytes);
        } else if (header.getType() == PageType.DATA_PAGE_V2) {
          return secondVersion(header, bytes);
        }
      }
      return null;
    } catch (IOException e) {
      throw new ParquetDecodingException(String.valueOf(e.getMessage()), e);
    }
  }

  private DictionaryPage dictionary(PageHeader header, byte[] bytes) throws IOException {
    byte[] values = codec.unpack(bytes, header.getUncompressed_page_size());
    int count = header.getDictionary_page_header().getNum_values();
    if (count < 0 || count > values.length) { // a value has a byte at least
      throw new IOException("a dictionary of " + count + " values in " + values.length + " bytes");
    }
    return new DictionaryPage(
        BytesInput.from(values), count, encoding(header.getDictionary_page_header().getEncoding()));
  }

  /** Counts the values of a page. */
  private void count(int more) throws IOException {
    if (more < 0 || more > values - read) {
      throw new IOException("a page with more values than its column");
    }
    read += more;
  }

  private DataPage page(PageHeader header, byte[] bytes) throws IOException {
    DataPageHeader data = header.getData_page_header();
    count(data.getNum_values());
    return new DataPageV1(
        BytesInput.from(codec.unpack(bytes, header.getUncompressed_page_size())),
        data.getNum_values(),
        header.getUncompressed_page_size(),
        Statistics.noopStats(type),
        encoding(data.getRepetition_level_encoding()),
        encoding(data.getDefinition_level_encoding()),
        encoding(data.getEncoding()));
  }

  private DataPage secondVersion(PageHeader header, byte[] bytes) throws IOException {
    DataPageHeaderV2 data = header.getData_page_header_v2();
    count(data.getNum_values());
    int repetition = data.getRepetition_levels_byte_length();
    int levels = repetition + data.getDefinition_levels_byte_length();
    if (repetition < 0 || levels < repetition || levels > bytes.length) {
      throw new IOException("a page of another size than it says");
    }
    byte[] packed = java.util.Arrays.copyOfRange(bytes, levels, bytes.length);
    boolean plain = data.isSetIs_compressed() && !data.isIs_compressed();
    byte[] values =
        plain ? packed : codec.unpack(packed, header.getUncompressed_page_size() - levels);
    return DataPageV2.uncompressed(
        data.getNum_rows(),
        data.getNum_nulls(),
        data.getNum_values(),
        BytesInput.from(bytes, 0, repetition),
        BytesInput.from(bytes, repetition, levels - repetition),
        encoding(data.getEncoding()),
        BytesInput.from(values),
        Statistics.noopStats(type));
  }

  private static void requireWhole(PageHeader header, byte[] bytes) throws IOException {
    if (header.isSetCrc()) {
      CRC32 sum = new CRC32();
      sum.update(bytes);
      if ((int) sum.getValue() != header.getCrc()) {
        throw new IOException("a page with another check sum");
      }
    }
  }

  private static Encoding encoding(org.apache.parquet.format.Encoding encoding) {
    return Encoding.valueOf(encoding.name());
  }
}
