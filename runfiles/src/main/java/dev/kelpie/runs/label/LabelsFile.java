package dev.kelpie.runs.label;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.files.InputFile;
import dev.kelpie.wire.file.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * {@code labels.jsonl}: the answers of people about the responses of a run, one object a line.
 * Lines are only appended, each is forced to the disk before it counts as written, and a line whose
 * id is in the file is not written again. Several processes may append: each takes the file's lock
 * for a line, reads what others have appended, and cuts off what a kill has torn.
 */
public final class LabelsFile {
  /** Held for a line; locks of the system do not tell threads of a process apart. */
  private static final Object WRITING = new Object();

  private static final long MOST_BYTES = 512L << 20;
  private static final int MOST_LINE_BYTES = 1 << 20;
  private static final int CHUNK = 1 << 16;
  private static final int TORN_KEPT = 2000;

  private final RunFolder folder;
  private final Path file;
  private final boolean withTexts;
  private LabelBook book;
  private long offset; // behind the last whole line that was read
  private long number;
  private long torn;
  private @Nullable Object key;

  /** The file of a run; without prompts and responses in what it reads. */
  public LabelsFile(RunFolder folder) {
    this(folder, false);
  }

  private LabelsFile(RunFolder folder, boolean withTexts) {
    this.folder = folder;
    this.file = file(folder);
    this.withTexts = withTexts;
    this.book = new LabelBook(withTexts);
  }

  /** Path of the file. */
  public static Path file(RunFolder folder) {
    return folder.root().resolve("labels.jsonl");
  }

  /**
   * Reads the first {@code bytes} of a run's file with prompts and responses.
   *
   * @throws IOException when it cannot be read
   */
  public static LabelBook readWhole(RunFolder folder, long bytes) throws IOException {
    LabelsFile whole = new LabelsFile(folder, true);
    whole.refresh(bytes);
    return whole.book;
  }

  /** Reads a run's file with prompts and responses; an empty book without one. */
  public static LabelBook readWhole(RunFolder folder) throws IOException {
    return readWhole(folder, Long.MAX_VALUE);
  }

  /**
   * What is in the file now.
   *
   * @throws IOException when it cannot be read
   */
  public synchronized LabelBook read() throws IOException {
    refresh(Long.MAX_VALUE);
    return book;
  }

  /** Bytes behind the last whole line, at the last reading: a line that is written or was torn. */
  public synchronized long tornBytes() {
    return torn;
  }

  /** Bytes of the whole lines, at the last reading. */
  public synchronized long wholeBytes() {
    return offset;
  }

  private void refresh(long bytes) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      reset(null);
      return;
    }
    InputFile.requireInside(folder.root(), file);
    try (FileChannel channel = InputFile.openChannel(file)) {
      readNew(channel, bytes);
    }
  }

  private void reset(@Nullable Object now) {
    if (offset > 0 || number > 0) {
      book = new LabelBook(withTexts);
    }
    offset = 0;
    number = 0;
    torn = 0;
    key = now;
  }

  /** Reads the lines behind those that are known. */
  private void readNew(FileChannel channel, long bytes) throws IOException {
    Object now = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    if (channel.size() < offset || (key != null && !key.equals(now))) {
      reset(now);
    }
    key = now;
    if (channel.size() > MOST_BYTES) {
      throw new FileSystemException(
          file.toString(), null, "more than " + MOST_BYTES + " bytes (expected: at most that)");
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    long at = offset;
    long end = Math.min(bytes, channel.size());
    long skipped = 0;
    while (at < end) {
      chunk.clear().limit((int) Math.min(CHUNK, end - at));
      int count = channel.read(chunk, at);
      if (count < 0) {
        break;
      }
      for (int i = 0; i < count; i++) {
        byte one = chunk.array()[i];
        if (one == '\n') {
          take(line, skipped);
          line.reset();
          skipped = 0;
          offset = at + i + 1;
        } else if (line.size() < MOST_LINE_BYTES) {
          line.write(one);
        } else {
          skipped++;
        }
      }
      at += count;
    }
    torn = at - offset;
  }

  private void take(ByteArrayOutputStream line, long skipped) {
    number++;
    try {
      if (skipped > 0) {
        throw new IOException("at most " + MOST_LINE_BYTES + " bytes");
      }
      book.add(LabelLine.read(line.toString(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      book.addDamaged(
          file.getFileName() + ":" + number + ": damaged line (expected: " + e.getMessage() + ")");
    }
  }

  /**
   * Writes an answer, or that one is taken back. When this returns it is on the disk.
   *
   * @return whether it is new: false for one whose id the file has
   * @throws IllegalArgumentException when the file has its id for another one
   * @throws IOException when the disk has no room for it; nothing of it is then in the file
   */
  public synchronized boolean append(Label label) throws IOException {
    return append(label.id(), label);
  }

  /** The same for one that takes an answer back. */
  public synchronized boolean append(LabelEvent.Undo undo) throws IOException {
    return append(undo.id(), undo);
  }

  private boolean append(String id, LabelEvent event) throws IOException {
    synchronized (WRITING) {
      boolean fresh = !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
      if (!fresh) {
        InputFile.requireInside(folder.root(), file);
      }
      try (FileChannel channel =
              FileChannel.open(
                  file,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE,
                  LinkOption.NOFOLLOW_LINKS);
          FileLock ignored = channel.lock()) {
        readNew(channel, Long.MAX_VALUE);
        boolean added = appendLocked(channel, id, event);
        channel.force(true);
        if (fresh) {
          AtomicFile.forceFolder(folder.root());
        }
        return added;
      }
    }
  }

  private boolean appendLocked(FileChannel channel, String id, LabelEvent event)
      throws IOException {
    LabelEvent known = book.find(id).orElse(null);
    if (known != null) {
      requireSame(id, known, event);
      return false;
    }
    cutTorn(channel);
    write(channel, event);
    return true;
  }

  private static void requireSame(String id, LabelEvent known, LabelEvent sent) {
    boolean same =
        known instanceof Label before && sent instanceof Label now
            ? before.item().equals(now.item())
                && before.labeller().equals(now.labeller())
                && before.verdict().equals(now.verdict())
            : known instanceof LabelEvent.Undo first
                && sent instanceof LabelEvent.Undo second
                && first.of().equals(second.of());
    if (!same) {
      throw new IllegalArgumentException("id: " + id + " is that of another answer");
    }
  }

  private void cutTorn(FileChannel channel) throws IOException {
    if (torn == 0) {
      return;
    }
    ByteBuffer start = ByteBuffer.allocate((int) Math.min(TORN_KEPT, torn));
    channel.read(start, offset);
    String text = StandardCharsets.UTF_8.decode(start.flip()).toString();
    long bytes = torn;
    channel.truncate(offset);
    torn = 0;
    write(channel, new LabelEvent.Cut(Instant.now(), bytes, text));
  }

  private void write(FileChannel channel, LabelEvent event) throws IOException {
    byte[] line = (LabelLine.write(event) + "\n").getBytes(StandardCharsets.UTF_8);
    if (line.length > MOST_LINE_BYTES) {
      throw new IllegalArgumentException(
          "item: " + line.length + " bytes (expected: at most " + MOST_LINE_BYTES + ")");
    }
    long before = offset;
    try {
      ByteBuffer bytes = ByteBuffer.wrap(line);
      while (bytes.hasRemaining()) {
        channel.write(bytes, before + bytes.position());
      }
      channel.force(true);
    } catch (IOException e) {
      channel.truncate(before);
      throw e;
    }
    offset = before + line.length;
    number++;
    book.add(event);
  }
}
