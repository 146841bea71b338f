package dev.kelpie.runs.label;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.files.InputFile;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * {@code queue.jsonl}: what people are asked about, and which step took which answer. The learner's
 * process alone writes it; each line is on the disk before the run goes on.
 */
public final class QueueFile {
  private static final int MOST_LINE_BYTES = 16 << 20;

  private final RunFolder folder;
  private final Path file;
  private PairQueue queue = new PairQueue();
  private long offset; // behind the last whole line that was read
  private long number;

  /** The file of a run; an empty queue without one. */
  public QueueFile(RunFolder folder) {
    this.folder = folder;
    this.file = folder.queueFile();
  }

  /**
   * The queue as it is now.
   *
   * @throws IOException when the file cannot be read, with one line that names it
   */
  public synchronized PairQueue read() throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      reset();
      return queue;
    }
    InputFile.requireInside(folder.root(), file);
    try (FileChannel channel = InputFile.openChannel(file)) {
      if (channel.size() < offset) {
        reset();
      }
      readNew(channel);
    }
    return queue;
  }

  private void reset() {
    queue = new PairQueue();
    offset = 0;
    number = 0;
  }

  private void readNew(FileChannel channel) throws IOException {
    long size = channel.size() - offset;
    if (size > Integer.MAX_VALUE - 8) {
      throw new FileSystemException(file.toString(), null, "too large (expected: less than 2 GiB)");
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) size);
    long start = offset;
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, start + bytes.position()) < 0) {
        break;
      }
    }
    int from = 0;
    for (int i = 0; i < bytes.position(); i++) {
      if (bytes.get(i) == '\n') {
        number++;
        take(new String(bytes.array(), from, i - from, StandardCharsets.UTF_8));
        from = i + 1;
        offset = start + from;
      }
    }
  }

  private void take(String line) throws IOException {
    try {
      queue.apply(QueueLine.read(line));
    } catch (IOException e) {
      throw new IOException(
          file.getFileName() + ":" + number + ": damaged line (expected: " + e.getMessage() + ")",
          e);
    }
  }

  /**
   * Appends a line. When this returns it is on the disk. What a kill has torn is cut off before.
   *
   * @throws IOException when it cannot be written
   */
  public synchronized void append(QueueEvent event) throws IOException {
    boolean fresh = !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    read();
    byte[] line = (QueueLine.write(event) + "\n").getBytes(StandardCharsets.UTF_8);
    if (line.length > MOST_LINE_BYTES) {
      throw new FileSystemException(file.toString(), null, "a line of " + line.length + " bytes");
    }
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      channel.truncate(offset);
      ByteBuffer bytes = ByteBuffer.wrap(line);
      while (bytes.hasRemaining()) {
        channel.write(bytes, offset + bytes.position());
      }
      channel.force(true);
    }
    if (fresh) {
      AtomicFile.forceFolder(folder.root());
    }
    offset += line.length;
    number++;
    queue.apply(event);
  }
}
