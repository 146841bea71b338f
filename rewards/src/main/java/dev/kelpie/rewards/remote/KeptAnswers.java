package dev.kelpie.rewards.remote;

import dev.kelpie.experience.RunFolder;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Answers of models in the run folder, each under the SHA-256 of its request, so that no process of
 * the run asks the same twice. Lines are appended to a file that this process has locked; the files
 * of others are read when it is opened. A damaged line is left out and reported; a file that cannot
 * be written is reported once, and answers are then kept in memory.
 */
final class KeptAnswers implements AutoCloseable {
  private static final int MOST_FILES = 64;
  private static final int MOST_LINE = 8 << 20;

  private final Consumer<String> problems;
  private final Map<String, ChatAnswer> inMemory = new HashMap<>();
  private final Map<String, Place> places = new HashMap<>();
  private final List<FileChannel> files = new ArrayList<>();
  private final List<Kept> spent = new ArrayList<>();
  private @Nullable FileChannel own;
  private @Nullable Path ownPath;

  /** Where a line lies. */
  private record Place(FileChannel file, long from, int bytes) {}

  private KeptAnswers(Consumer<String> problems) {
    this.problems = problems;
  }

  /** Answers that are kept in memory only. */
  static KeptAnswers inMemory() {
    return new KeptAnswers(problem -> {});
  }

  /**
   * The answers in a run folder.
   *
   * @param problems takes a line for people
   */
  static KeptAnswers open(RunFolder run, Consumer<String> problems) {
    KeptAnswers kept = new KeptAnswers(problems);
    try {
      kept.open(run.judgements(), run.root());
    } catch (IOException e) {
      kept.giveUp(RunFolder.shown(run.judgements()), e);
    }
    return kept;
  }

  private void open(Path folder, Path root) throws IOException {
    Files.createDirectories(folder);
    if (!folder.toRealPath().startsWith(root.toRealPath())) {
      throw new FileSystemException(
          folder.toString(),
          null,
          "a link that leads out of the run folder (expected: a folder in it)");
    }
    for (int number = 0; number < MOST_FILES && own == null; number++) {
      Path path = folder.resolve("answers-" + number + ".jsonl");
      FileChannel file =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (tryLock(file)) {
        own = file;
        ownPath = path;
      } else {
        file.close();
      }
    }
    try (Stream<Path> all = Files.list(folder)) {
      for (Path path : all.filter(KeptAnswers::isOne).sorted().toList()) {
        read(path);
      }
    }
    if (own == null) {
      throw new IOException(MOST_FILES + " processes have such files (expected: fewer)");
    }
    ownFile().position(ownFile().size());
  }

  private static boolean isOne(Path path) {
    return path.getFileName().toString().matches("answers-\\d+\\.jsonl")
        && Files.isRegularFile(path);
  }

  private static boolean tryLock(FileChannel file) throws IOException {
    try {
      FileLock lock = file.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private FileChannel ownFile() {
    return Objects.requireNonNull(own);
  }

  private void read(Path path) throws IOException {
    FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
    files.add(file);
    long damaged = 0;
    long from = 0;
    InputStream in = new BufferedInputStream(Channels.newInputStream(file), 1 << 16);
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next;
    while ((next = in.read()) >= 0) {
      if (next != '\n') {
        line.write(next);
      } else {
        damaged += take(file, from, line.toByteArray()) ? 0 : 1;
        from += line.size() + 1;
        line.reset();
      }
      if (line.size() > MOST_LINE) {
        throw new IOException(path + ": a line of more than " + MOST_LINE + " bytes");
      }
    }
    if (line.size() > 0) {
      damaged++;
      endTornLine(path);
    }
    if (damaged > 0) {
      problems.accept(
          String.format(
              Locale.ROOT,
              "%s: %s lines are torn or damaged; what they held is asked again",
              RunFolder.shown(path),
              damaged));
    }
  }

  /** Ends a torn last line of the own file, so that the next one is whole. */
  private void endTornLine(Path path) throws IOException {
    if (path.equals(ownPath)) {
      ownFile().write(ByteBuffer.wrap(new byte[] {'\n'}), ownFile().size());
    }
  }

  private boolean take(FileChannel file, long from, byte[] line) {
    Optional<Kept> kept = Kept.read(new String(line, StandardCharsets.UTF_8));
    if (kept.isEmpty()) {
      return false;
    }
    Kept found = kept.get();
    spent.add(
        new Kept(
            "", found.model(), found.requests(), found.input(), found.output(), Optional.empty()));
    if (found.answer().isPresent()) {
      places.putIfAbsent(found.key(), new Place(file, from, line.length));
    }
    return true;
  }

  /** What was spent before this was opened, on the model {@code name}: requests, input, output. */
  synchronized long[] spentOn(String name) {
    long[] sums = new long[3];
    for (Kept one : spent) {
      if (one.model().equals(name)) {
        sums[0] += one.requests();
        sums[1] += one.input();
        sums[2] += one.output();
      }
    }
    return sums;
  }

  /** The answer to the request with this key. */
  synchronized Optional<ChatAnswer> find(String key) {
    ChatAnswer held = inMemory.get(key);
    if (held != null) {
      return Optional.of(held);
    }
    Place place = places.get(key);
    if (place == null) {
      return Optional.empty();
    }
    try {
      ByteBuffer line = ByteBuffer.allocate(place.bytes());
      while (line.hasRemaining() && place.file().read(line, place.from() + line.position()) >= 0) {
        // until all of it is there
      }
      return Kept.read(new String(line.array(), StandardCharsets.UTF_8)).flatMap(Kept::answer);
    } catch (IOException e) {
      return Optional.empty(); // it is asked again
    }
  }

  /** Keeps an answer, or what was spent without one. */
  synchronized void add(Kept kept) {
    FileChannel file = own;
    if (file == null) {
      kept.answer().ifPresent(answer -> inMemory.put(kept.key(), answer));
      return;
    }
    try {
      byte[] line = (kept.line() + "\n").getBytes(StandardCharsets.UTF_8);
      long from = file.size();
      file.position(from);
      ByteBuffer bytes = ByteBuffer.wrap(line);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      if (kept.answer().isPresent()) {
        places.put(kept.key(), new Place(file, from, line.length - 1));
      }
    } catch (IOException e) {
      kept.answer().ifPresent(answer -> inMemory.put(kept.key(), answer));
      giveUp("judgements", e);
    }
  }

  private void giveUp(String where, IOException problem) {
    problems.accept(
        where
            + ": "
            + (problem instanceof FileSystemException named && named.getReason() != null
                ? named.getReason()
                : String.valueOf(problem.getMessage()))
            + "; answers of judges are kept in memory only, and a resumed run asks again");
    closeOwn();
  }

  private void closeOwn() {
    FileChannel file = own;
    own = null;
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        // nothing more is written
      }
    }
  }

  @Override
  public synchronized void close() {
    closeOwn();
    for (FileChannel file : files) {
      try {
        file.close();
      } catch (IOException e) {
        // it was only read
      }
    }
    files.clear();
  }
}
