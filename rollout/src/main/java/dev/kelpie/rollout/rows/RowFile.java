package dev.kelpie.rollout.rows;

import dev.kelpie.config.ConfigException;
import dev.kelpie.files.InputFile;
import dev.kelpie.rollout.parquet.ParquetText;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * A file of rows: one JSON object per line, in UTF-8, or Parquet. A byte order mark, CRLF line ends
 * and blank lines are legal; a name that ends in {@code .gz} is unpacked.
 *
 * <p>{@link #scan} reads all rows once; {@link #read} reads one again, from the file, or of a
 * packed or Parquet file from a private temporary copy of the columns that were asked for. No row
 * is kept in the heap. All problems are a {@link ConfigException} of one line.
 */
public final class RowFile implements AutoCloseable {
  private final String key;
  private final Path file;
  private final RowColumns columns;
  private final Format format;
  private final RowParser parser;
  private final FileChannel channel;
  private final FileStamp stamp;
  private final boolean packed;
  private @Nullable FileChannel spool;
  private String sha256 = "";

  private RowFile(
      String key,
      Path file,
      RowColumns columns,
      Format format,
      FileChannel channel,
      FileStamp stamp) {
    this.columns = columns;
    this.format = format;
    this.key = key;
    this.file = file;
    this.parser = new RowParser(file, columns, format == Format.PARQUET);
    this.channel = channel;
    this.stamp = stamp;
    this.packed = format == Format.JSONL && String.valueOf(file.getFileName()).endsWith(".gz");
  }

  /** The format of a file. */
  public enum Format {
    /** One JSON object per line. */
    JSONL,
    /** Apache Parquet; its rows are numbered like lines. */
    PARQUET
  }

  /**
   * What is made of each row, on several threads at once.
   *
   * @param <T> what is kept of a row until {@link Sink} has it
   */
  @FunctionalInterface
  public interface Check<T> {
    /** What is to be kept of {@code row}; throws to end the scan. */
    T check(Row row);
  }

  /** Takes the rows in the order of the file, on the caller's thread. */
  @FunctionalInterface
  public interface Sink<T> {
    /** Takes what was made of the row at {@code place}. */
    void accept(RowPlace place, T checked);
  }

  /**
   * Opens {@code file}; reads nothing yet.
   *
   * @param key what names the file in the experiment, for messages
   */
  public static RowFile open(String key, Path file, RowColumns columns, Format format) {
    if (format == Format.JSONL && String.valueOf(file.getFileName()).endsWith(".parquet")) {
      throw new ConfigException(
          key + ": " + file + " (expected: a file of JSON lines; or data.format = parquet)");
    }
    if (!Files.isRegularFile(file)) {
      String problem = Files.exists(file) ? " is not a file" : " does not exist";
      throw new ConfigException(key + ": " + file + problem + " (expected: a file of prompts)");
    }
    try {
      FileStamp stamp = FileStamp.of(file);
      return new RowFile(key, file, columns, format, InputFile.openChannel(file), stamp);
    } catch (AccessDeniedException e) {
      throw new ConfigException(
          key + ": " + file + ": permission denied (expected: a file that can be read)");
    } catch (IOException e) {
      throw new ConfigException(key + ": " + file + ": " + e);
    }
  }

  /** The format of a file by its name. */
  public static Format formatOf(Path file) {
    return String.valueOf(file.getFileName()).endsWith(".parquet") ? Format.PARQUET : Format.JSONL;
  }

  /**
   * The columns of a Parquet file, each with the reason for which it cannot be read, or an empty
   * text; none of JSON lines, whose rows say what they have.
   */
  public Map<String, String> parquetColumns() {
    if (format != Format.PARQUET) {
      return Map.of();
    }
    try {
      return ParquetText.columns(channel);
    } catch (IOException e) {
      throw new ConfigException(file + ": " + e.getMessage());
    }
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** Size and age of the file when it was opened. */
  public FileStamp stamp() {
    return stamp;
  }

  /** SHA-256 of the text, unpacked, as far as {@link #scan} was asked for it; else empty. */
  public String sha256() {
    return sha256;
  }

  /**
   * Reads all rows.
   *
   * @param hash whether to compute {@link #sha256}
   * @throws ConfigException for the first row that is wrong
   */
  public <T> void scan(Check<T> check, Sink<T> sink, boolean hash, ReadProgress progress) {
    Optional<MessageDigest> digest = hash ? Optional.of(digest()) : Optional.empty();
    try {
      channel.position(0);
      InputStream bytes = Channels.newInputStream(channel);
      boolean copied = packed || format == Format.PARQUET;
      if (copied) {
        spool = Records.Temporary.open();
      }
      GzipText unpacked = packed ? unpacked(bytes) : null;
      InputStream text = unpacked == null ? bytes : unpacked;
      if (format == Format.PARQUET) {
        text = new ParquetText(channel, this::isRead);
      }
      LineBlocks blocks = new LineBlocks(file, text, digest);
      try (RowScan<T> scan = new RowScan<>(file, parser, Optional.ofNullable(spool), check, sink)) {
        read(blocks, scan, progress);
      } finally {
        if (unpacked != null) {
          unpacked.end();
        }
      }
      requireUnchanged();
      sha256 = digest.map(done -> HexFormat.of().formatHex(done.digest())).orElse("");
    } catch (IOException | UncheckedIOException e) {
      throw new ConfigException(file + ": " + e.getMessage());
    }
  }

  private boolean isRead(String column) {
    return columns.used().contains(column) || columns.metadata().includes(column);
  }

  private <T> void read(LineBlocks blocks, RowScan<T> scan, ReadProgress progress)
      throws IOException {
    Optional<Lines> next = next(blocks, scan);
    while (next.isPresent()) {
      scan.add(next.get(), blocks.ended()).ifPresent(blocks::recycle);
      progress.report(file, Math.min(channel.position(), stamp.bytes()), stamp.bytes());
      next = next(blocks, scan);
    }
    scan.finish();
  }

  /** The next block; an error in it comes after those of the rows before it. */
  private <T> Optional<Lines> next(LineBlocks blocks, RowScan<T> scan) throws IOException {
    try {
      return blocks.next();
    } catch (EOFException e) {
      scan.finish();
      throw new ConfigException(
          file + ": cut short behind line " + blocks.lines() + " (expected: a whole gzip file)");
    } catch (ZipException e) {
      scan.finish();
      throw new ConfigException(
          file
              + ": broken gzip data behind line "
              + blocks.lines()
              + " (expected: a whole gzip file)");
    } catch (ConfigException e) {
      scan.finish();
      throw e;
    }
  }

  private GzipText unpacked(InputStream bytes) throws IOException {
    try {
      return new GzipText(bytes);
    } catch (ZipException e) {
      throw new ConfigException(file + ": not a gzip file (expected by its name)");
    } catch (EOFException e) {
      throw new ConfigException(file + ": cut short behind line 0 (expected: a whole gzip file)");
    }
  }

  private void requireUnchanged() throws IOException {
    FileStamp now = FileStamp.of(file);
    if (!stamp.isSameContent(now)) {
      throw new ConfigException(
          key
              + ": "
              + file
              + ": "
              + stamp.difference(now)
              + " while it was read"
              + " (expected: a file that nobody writes to)");
    }
  }

  /**
   * Reads the row at {@code place} again.
   *
   * @throws ConfigException if the file has changed there
   */
  public Row read(RowPlace place) {
    byte[] bytes = new byte[place.length()];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    FileChannel from = spool == null ? channel : spool;
    try {
      while (buffer.hasRemaining() && from.read(buffer, place.offset() + buffer.position()) > 0) {
        // until it is whole, or the file has ended
      }
    } catch (IOException e) {
      throw new ConfigException(file + ":" + place.line() + ": " + e.getMessage());
    }
    if (buffer.hasRemaining() || RowScan.check(bytes, 0, bytes.length) != place.check()) {
      throw new ConfigException(
          file
              + ":"
              + place.line()
              + ": another row than at the start (expected: a file that nobody writes to)");
    }
    return parser.parse(place.line(), bytes, 0, bytes.length);
  }

  @Override
  public void close() {
    try {
      channel.close();
      if (spool != null) {
        spool.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}
