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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The whole lines of a text file that others append to; each reading goes on after the last. */
public final class GrowingLines {
  private static final int CHUNK = 1 << 16;

  private final Path file;
  private final ByteArrayOutputStream torn = new ByteArrayOutputStream();
  private long offset;
  private @Nullable Object key;

  public GrowingLines(Path file) {
    this.file = file;
  }

  /**
   * Hands on the lines that are new.
   *
   * @param restart told before the first line of a file that took the place of the one read so far
   */
  public void read(Consumer<String> line, Runnable restart) throws IOException {
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(file, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      return;
    }
    Object found = attributes.fileKey();
    boolean replaced = key != null && !key.equals(found);
    if (replaced || attributes.size() < offset) {
      offset = 0;
      torn.reset();
      restart.run();
    }
    key = found;
    if (attributes.size() > offset) {
      readFrom(line);
    }
  }

  private void readFrom(Consumer<String> line) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      int count;
      while ((count = channel.read(chunk, offset)) > 0) {
        offset += count;
        split(chunk.array(), count, line);
        chunk.clear();
      }
    }
  }

  private void split(byte[] bytes, int count, Consumer<String> line) {
    int start = 0;
    for (int i = 0; i < count; i++) {
      if (bytes[i] == '\n') {
        torn.write(bytes, start, i - start);
        line.accept(torn.toString(StandardCharsets.UTF_8));
        torn.reset();
        start = i + 1;
      }
    }
    torn.write(bytes, start, count - start);
  }

  /** Bytes after the last whole line. */
  public int tornBytes() {
    return torn.size();
  }
}
