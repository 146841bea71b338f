package dev.kelpie.runs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Journal of a run: {@code NNNNNN.jsonl} segments of {@link JournalLine}s that are only appended
 * to. Lines are handed to the system when a step is {@link #sync}ed and are on disk when that
 * returns. Each process that continues a run starts a new segment, so only the last line of a
 * segment can be torn; it is dropped on reading.
 */
final class Journal implements RunLog.Store {
  /** Version of the format, in the first line of each segment. */
  static final int FORMAT = 1;

  private static final long SEGMENT_BYTES = 16 << 20;
  private static final int TAIL_BYTES = 16 << 10;

  /** Limit for reading: a segment ends with the step that passes its size. */
  private static final int MOST_SEGMENT_BYTES = 128 << 20;

  private static final Pattern SEGMENT = Pattern.compile("\\d{6,9}\\.jsonl");

  private final Path folder;
  private final StringBuilder pending = new StringBuilder();
  private FileChannel channel;
  private int number;
  private long bytes;

  Journal(Path folder, int number, FileChannel channel) {
    this.folder = folder;
    this.number = number;
    this.channel = channel;
  }

  /** Starts a new segment in {@code folder}, after the existing ones. */
  static Journal open(Path folder) {
    try {
      Files.createDirectories(folder);
      List<Path> segments = segments(folder);
      int next = segments.isEmpty() ? 1 : numberOf(segments.get(segments.size() - 1)) + 1;
      return new Journal(folder, next, create(folder, next));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start the journal: " + e.getMessage(), e);
    }
  }

  private static FileChannel create(Path folder, int number) throws IOException {
    return FileChannel.open(
        folder.resolve(String.format(Locale.ROOT, "%06d.jsonl", number)),
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.WRITE);
  }

  /** Adds a line; it is on disk after the next {@link #sync}. */
  @Override
  public void append(JournalEvent event) {
    pending.append(JournalLine.write(event)).append('\n');
  }

  /**
   * Writes all lines to disk. If that fails, the file is cut to its length before, so that no line
   * is torn in its middle; the lines are written by the next call.
   */
  @Override
  public void sync() {
    ByteBuffer buffer = StandardCharsets.UTF_8.encode(pending.toString());
    int length = buffer.remaining();
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(false);
      pending.setLength(0);
      bytes += length;
      if (bytes >= SEGMENT_BYTES) {
        FileChannel next = create(folder, number + 1);
        channel.close();
        channel = next;
        number++;
        bytes = 0;
      }
    } catch (IOException e) {
      cut(e);
      throw new UncheckedIOException("cannot write the journal: " + e.getMessage(), e);
    }
  }

  private void cut(IOException cause) {
    try {
      channel.truncate(bytes);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Writes all lines to disk and ends the segment; a second call does nothing. */
  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try (FileChannel last = channel) {
      sync();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the journal: " + e.getMessage(), e);
    }
  }

  @Override
  public void replay(Consumer<JournalEvent> sink) {
    replay(folder, sink);
  }

  /**
   * Hands all events in {@code folder} to {@code sink}, in order.
   *
   * @throws UncheckedIOException when a line other than the last of a segment is damaged
   */
  static void replay(Path folder, Consumer<JournalEvent> sink) {
    replay(
        folder,
        sink,
        (segment, problem) -> {
          IOException cause = new IOException(segment + problem);
          throw new UncheckedIOException("cannot read the journal: " + cause.getMessage(), cause);
        });
  }

  /**
   * Hands the events of all readable lines in {@code folder} to {@code sink}, in order.
   *
   * @param problems takes a segment and what is wrong with it or with one of its lines
   */
  static void replay(Path folder, Consumer<JournalEvent> sink, BiConsumer<Path, String> problems) {
    for (Path segment : segments(folder)) {
      try {
        replaySegment(segment, sink, problems);
      } catch (IOException e) {
        problems.accept(segment, ": not readable: " + RunInput.reason(e));
      }
    }
  }

  private static void replaySegment(
      Path segment, Consumer<JournalEvent> sink, BiConsumer<Path, String> problems)
      throws IOException {
    byte[] bytes = RunInput.bytes(run(segment), segment, MOST_SEGMENT_BYTES);
    int line = 0;
    int from = 0;
    while (from < bytes.length) {
      int to = from;
      while (to < bytes.length && bytes[to] != '\n') {
        to++;
      }
      line++;
      boolean torn = to == bytes.length;
      Optional<JournalEvent> event =
          torn || to - from > RunInput.MOST_LINE_BYTES
              ? Optional.empty()
              : JournalLine.read(new String(bytes, from, to - from, StandardCharsets.UTF_8));
      if (event.isEmpty() && to < bytes.length - 1) {
        problems.accept(
            segment, ":" + line + ": damaged line (expected: its length and CRC to fit)");
      }
      event.ifPresent(sink);
      from = to + 1;
    }
  }

  /** The run folder of a segment. */
  private static Path run(Path segment) {
    Path events = Objects.requireNonNull(segment.toAbsolutePath().getParent(), "events");
    return Objects.requireNonNullElse(events.getParent(), events);
  }

  /** The last event in {@code folder}; empty when there is none or its line is damaged. */
  static Optional<JournalEvent> lastEvent(Path folder) {
    try {
      List<Path> segments = segments(folder);
      if (segments.isEmpty()) {
        return Optional.empty();
      }
      String tail = tail(segments.get(segments.size() - 1)).stripTrailing();
      return JournalLine.read(tail.substring(tail.lastIndexOf('\n') + 1));
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private static String tail(Path segment) throws IOException {
    try (FileChannel channel = RunInput.channel(run(segment), segment)) {
      ByteBuffer tail = ByteBuffer.allocate((int) Math.min(TAIL_BYTES, channel.size()));
      long start = channel.size() - tail.capacity();
      while (tail.hasRemaining() && channel.read(tail, start + tail.position()) >= 0) {}
      return new String(tail.array(), StandardCharsets.UTF_8);
    }
  }

  /** Whether {@code file} has the name of a segment. */
  static boolean isSegment(Path file) {
    return SEGMENT.matcher(String.valueOf(file.getFileName())).matches();
  }

  /** The segments in {@code folder}, oldest first. */
  static List<Path> segments(Path folder) {
    try {
      return FileTree.listInside(run(folder.resolve("1")), folder).stream()
          .filter(Journal::isSegment)
          .sorted(Comparator.comparingInt(Journal::numberOf))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list the journal: " + e.getMessage(), e);
    }
  }

  private static int numberOf(Path segment) {
    String name = String.valueOf(segment.getFileName());
    return Integer.parseInt(name.substring(0, name.indexOf('.')));
  }
}
