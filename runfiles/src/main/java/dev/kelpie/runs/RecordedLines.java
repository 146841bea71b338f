package dev.kelpie.runs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a text file to which a process may be appending. Each reading continues after the
 * last. A line without an end is still being written, or a kill has torn it: it is left out. A line
 * that has an end and cannot be read is damaged.
 */
final class RecordedLines<T> {
  private static final int CHUNK = 1 << 16;

  private final Path file;
  private final Format<T> format;
  private final ByteArrayOutputStream torn = new ByteArrayOutputStream();
  private long offset;
  private long number;
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
      torn.reset();
      replaced.run();
    }
    key = found;
    if (attributes.size() > offset) {
      readFromOffset(sink, damaged);
    }
  }

  private void readFromOffset(Sink<T> sink, Consumer<String> damaged) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      int count;
      while ((count = channel.read(chunk, offset)) > 0) {
        offset += count;
        split(chunk.array(), count, sink, damaged);
        chunk.clear();
      }
    }
  }

  private void split(byte[] bytes, int count, Sink<T> sink, Consumer<String> damaged) {
    int start = 0;
    for (int i = 0; i < count; i++) {
      if (bytes[i] == '\n') {
        torn.write(bytes, start, i - start);
        line(torn.toString(StandardCharsets.UTF_8), sink, damaged);
        torn.reset();
        start = i + 1;
      }
    }
    torn.write(bytes, start, count - start);
  }

  private void line(String line, Sink<T> sink, Consumer<String> damaged) {
    number++;
    T value;
    try {
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
    return torn.size();
  }
}
