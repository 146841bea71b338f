package dev.kelpie.runs;

import dev.kelpie.wire.file.AtomicFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A text file to which this process appends lines; each is handed to the system at once. */
record AppendedLines(Path file, BufferedWriter out) implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AppendedLines.class);

  /**
   * Continues a file, or starts one. Lines that are torn or damaged are dropped from it.
   *
   * @param kept whether a line stays
   * @throws UncheckedIOException when the file cannot be read or written
   */
  static <T> AppendedLines open(Path file, RecordedLines.Format<T> format, Predicate<T> kept) {
    try {
      StringBuilder lines = new StringBuilder();
      RecordedLines.readAll(
          file,
          format,
          (value, line) -> {
            if (kept.test(value)) {
              lines.append(line).append('\n');
            }
          },
          damaged -> LOG.warn("{}; it is dropped", damaged));
      AtomicFile.write(file, lines.toString());
      return new AppendedLines(file, Files.newBufferedWriter(file, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Appends a line.
   *
   * @throws UncheckedIOException when the disk has no room for it
   */
  void append(String line) {
    try {
      out.write(line);
      out.write('\n');
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file + ": " + e.getMessage(), e);
    }
  }
}
