package dev.kelpie.runs;

import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/** Content of a file of a run folder that appears late and is replaced as a whole. */
final class RecordedFile<T> {
  private final Path file;
  private final Format<T> format;
  private final T none;
  private @Nullable FileTime seen;
  private T content;
  private String problem = "";
  private boolean exists;

  /** Reads a file; throws {@link CorruptFileException} with one line that begins with its name. */
  interface Format<T> {
    T read(Path file) throws IOException;
  }

  /**
   * @param none content while there is nothing readable
   */
  RecordedFile(Path file, Format<T> format, T none) {
    this.file = file;
    this.format = format;
    this.none = none;
    this.content = none;
  }

  /** Reads the file if it changed since the last time. */
  void refresh() {
    try {
      FileTime modified = Files.getLastModifiedTime(file);
      exists = true;
      if (!modified.equals(seen)) {
        seen = modified;
        content = none;
        problem = "";
        content = format.read(file);
      }
    } catch (NoSuchFileException e) {
      exists = false;
    } catch (CorruptFileException e) {
      problem = String.valueOf(e.getMessage());
    } catch (IOException e) {
      problem = file.getFileName() + ": not readable: " + RunInput.reason(e);
    }
  }

  T content() {
    return content;
  }

  /**
   * One line that begins with the file's name; empty when there is no problem.
   *
   * @param meaning what it means that the file is missing
   */
  String problem(String meaning) {
    return exists ? problem : file.getFileName() + ": missing; " + meaning;
  }
}
