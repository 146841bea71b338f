package dev.kelpie.learner.scoring;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.kelpie.files.InputFile;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * A file to which records of numbers are appended, each under a key of 32 bytes. Only an index of
 * the keys is in memory. A record is a count, the key, so many float32 numbers and a CRC-32C of all
 * that, big-endian; it is written by one call and checked whenever it is read, so a record that a
 * killed process has left torn is none.
 */
final class LogprobFile implements AutoCloseable {
  /** Length of a key. */
  static final int KEY_BYTES = 32;

  private static final byte[] HEADER = "kelpie log-probabilities 1\n".getBytes(US_ASCII);
  private static final int BEFORE_NUMBERS = Integer.BYTES + KEY_BYTES;
  private static final int AROUND_NUMBERS = BEFORE_NUMBERS + Integer.BYTES;
  private static final int MOST_NUMBERS = 1 << 24;
  private static final int BUFFER_BYTES = 1 << 20;

  private final FileChannel channel;
  private final KeyIndex index;
  private long end;
  private long dropped;

  private LogprobFile(FileChannel channel, KeyIndex index) {
    this.channel = channel;
    this.index = index;
  }

  /**
   * Opens a file, or starts one; empty when another process, or another part of this one, has it.
   * What is behind the last whole record is cut off; of a file of another kind that is everything.
   *
   * @throws IOException when it is no regular file, or cannot be read or written
   */
  static Optional<LogprobFile> open(Path file, KeyIndex index) throws IOException {
    if (Files.exists(file)) {
      InputFile.requireRegular(file);
    }
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS));
    boolean opened = false;
    try {
      if (!isFree(channel)) {
        return Optional.empty();
      }
      LogprobFile records = new LogprobFile(channel, index);
      records.readAll();
      opened = true;
      return Optional.of(records);
    } finally {
      if (!opened) {
        channel.close();
      }
    }
  }

  private static boolean isFree(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // this process has it
    }
  }

  /** Indexes all whole records and cuts off what follows them. */
  private void readAll() throws IOException {
    long size = channel.size();
    DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(Channels.newInputStream(channel.position(0)), BUFFER_BYTES));
    if (!Arrays.equals(in.readNBytes(HEADER.length), HEADER)) {
      channel.truncate(0);
      write(ByteBuffer.wrap(HEADER), 0);
      dropped = size;
      end = HEADER.length;
      return;
    }
    end = HEADER.length;
    for (int length = next(in, size); length > 0; length = next(in, size)) {
      end += length;
    }
    dropped = size - end;
    channel.truncate(end);
  }

  /** Indexes the record at the end; its length in bytes, 0 if there is no whole one. */
  private int next(DataInputStream in, long size) throws IOException {
    if (size - end < AROUND_NUMBERS) {
      return 0;
    }
    int count = in.readInt();
    long length = AROUND_NUMBERS + (long) Float.BYTES * count;
    if (count < 0 || count > MOST_NUMBERS || length > size - end) {
      return 0;
    }
    byte[] record = new byte[(int) length];
    ByteBuffer whole = ByteBuffer.wrap(record).putInt(0, count);
    in.readFully(record, Integer.BYTES, record.length - Integer.BYTES);
    if (check(record) != whole.getInt(record.length - Integer.BYTES)) {
      return 0;
    }
    index.add(whole.getLong(Integer.BYTES), end);
    return record.length;
  }

  private static int check(byte[] record) {
    CRC32C crc = new CRC32C();
    crc.update(record, 0, record.length - Integer.BYTES);
    return (int) crc.getValue();
  }

  /** Bytes that were cut off when it was opened. */
  long dropped() {
    return dropped;
  }

  /** Whether a record more is indexed. */
  boolean hasRoom() {
    return index.hasRoom();
  }

  /**
   * The numbers under {@code key}.
   *
   * @param count how many there must be
   * @throws UncheckedIOException when the file cannot be read
   */
  Optional<float[]> find(byte[] key, int count) {
    float[] numbers = new float[count];
    OptionalLong place = index.find(ByteBuffer.wrap(key).getLong(), at -> holds(at, key, numbers));
    return place.isPresent() ? Optional.of(numbers) : Optional.empty();
  }

  /** Whether the record at {@code place} is whole and that of {@code key}; takes its numbers. */
  private boolean holds(long place, byte[] key, float[] numbers) {
    byte[] record = new byte[AROUND_NUMBERS + Float.BYTES * numbers.length];
    ByteBuffer whole = ByteBuffer.wrap(record);
    try {
      while (whole.hasRemaining()) {
        if (channel.read(whole, place + whole.position()) < 0) {
          return false;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (whole.getInt(0) != numbers.length
        || !Arrays.equals(record, Integer.BYTES, BEFORE_NUMBERS, key, 0, KEY_BYTES)
        || check(record) != whole.getInt(record.length - Integer.BYTES)) {
      return false;
    }
    whole.position(BEFORE_NUMBERS).asFloatBuffer().get(numbers);
    return true;
  }

  /**
   * Appends numbers under a key that has none, if there is room in the index.
   *
   * @throws IOException when they cannot be written; nothing was added then
   */
  void add(byte[] key, float[] numbers) throws IOException {
    if (!index.hasRoom() || numbers.length > MOST_NUMBERS) {
      return;
    }
    byte[] record = new byte[AROUND_NUMBERS + Float.BYTES * numbers.length];
    ByteBuffer whole = ByteBuffer.wrap(record).putInt(numbers.length).put(key);
    whole.asFloatBuffer().put(numbers);
    whole.putInt(record.length - Integer.BYTES, check(record));
    write(ByteBuffer.wrap(record), end);
    index.add(ByteBuffer.wrap(key).getLong(), end);
    end += record.length;
  }

  private void write(ByteBuffer bytes, long at) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes, at + bytes.position());
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
