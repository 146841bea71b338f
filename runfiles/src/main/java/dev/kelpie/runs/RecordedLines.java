package dev.kelpie.runs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a text file to which a process may be appending. Each reading continues after the
 * last. A line without an end is still being written, or a kill has torn it: it is left out. A line
 * that has an end and cannot be read is damaged, and so is one that is too long; without an end in
 * sight the rest of the file is not read.
 */
final class RecordedLines<T> {
  private static final int CHUNK = 1 << 16;
  private static final int MOST_SKIPPED = 64 << 20;

  private final Path file;
  private final Format<T> format;
  private final ByteArrayOutputStream torn = new ByteArrayOutputStream();
  private long offset;
  private long number;
  private long skipped; // bytes of a line that is too long, and not kept
  private @Nullable Object key;

  /** What a line holds; throws {@link IOException} with what is expected of a line. */
  interface Format<T> {
    T read(String line) throws IOException;
  }

  /** Takes lines and what they hold. */
  interface Sink<T> {
    void accept(T value, String line);
  }

  RecordedLines(Path file, Format<T> format) {
    this.file = file;
    this.format = format;
  }

  /**
   * Reads the whole file, whose last line may lack its end.
   *
   * @param damaged takes one line for each damaged one: file, number, expectation
   */
  static <T> void readAll(Path file, Format<T> format, Sink<T> sink, Consumer<String> damaged)
      throws IOException {
    RecordedLines<T> lines = new RecordedLines<>(file, format);
    lines.readNew(sink, damaged, () -> {});
    String last = lines.torn.toString(StandardCharsets.UTF_8);
    T value;
    try {
      value = format.read(last);
    } catch (IOException e) {
      return; // torn, or there is none
    }
    sink.accept(value, last);
  }

  /**
   * Reads the lines that were appended since the last time.
   *
   * @param damaged takes one line for each damaged one: file, number, expectation
   * @param replaced runs before the first line of a file that replaces the one read so far
   */
  void readNew(Sink<T> sink, Consumer<String> damaged, Runnable replaced) throws IOException {
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(file, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      return;
    }
    Object found = attributes.fileKey();
    boolean other = key != null && !key.equals(found);
    if (other || attributes.size() < offset) {
      offset = 0;
      number = 0;
      skipped = 0;
      torn.reset();
      replaced.run();
    }
    key = found;
    if (attributes.size() > offset || attributes.isOther() || attributes.isDirectory()) {
      readFromOffset(sink, damaged);
    }
  }

  private void readFromOffset(Sink<T> sink, Consumer<String> damaged) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    try (FileChannel channel = RunInput.channel(folder(), file)) {
      int count;
      while ((count = channel.read(chunk, offset)) > 0) {
        offset += count;
        split(chunk.array(), count, sink, damaged);
        chunk.clear();
        if (skipped > MOST_SKIPPED) {
          throw new IOException(
              "no line end in "
                  + skipped
                  + " bytes (expected: lines of at most "
                  + RunInput.MOST_LINE_BYTES
                  + " bytes)");
        }
      }
    }
  }

  private Path folder() {
    return Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a folder");
  }

  private void split(byte[] bytes, int count, Sink<T> sink, Consumer<String> damaged) {
    int start = 0;
    for (int i = 0; i < count; i++) {
      if (bytes[i] == '\n') {
        keep(bytes, start, i - start);
        line(torn.toString(StandardCharsets.UTF_8), sink, damaged);
        torn.reset();
        skipped = 0;
        start = i + 1;
      }
    }
    keep(bytes, start, count - start);
  }

  /** Keeps a part of a line; of a line that is too long, only its length. */
  private void keep(byte[] bytes, int start, int count) {
    if (skipped == 0 && torn.size() + count <= RunInput.MOST_LINE_BYTES) {
      torn.write(bytes, start, count);
    } else {
      skipped += torn.size() + count;
      torn.reset();
    }
  }

  private void line(String line, Sink<T> sink, Consumer<String> damaged) {
    number++;
    T value;
    try {
      if (skipped > 0) {
        throw new IOException("at most " + RunInput.MOST_LINE_BYTES + " bytes");
      }
      value = format.read(line);
    } catch (IOException e) {
      damaged.accept(
          String.format(
              Locale.ROOT,
              "%s:%s: damaged line (expected: %s)",
              file.getFileName(),
              number,
              e.getMessage()));
      return;
    }
    sink.accept(value, line);
  }

  /** Bytes after the last line end. */
  int tornBytes() {
    return (int) Math.min(Integer.MAX_VALUE, torn.size() + skipped);
  }
}
