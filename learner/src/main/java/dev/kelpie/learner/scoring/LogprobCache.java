package dev.kelpie.learner.scoring;

import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Log-probabilities that are computed once, in a file of the run folder. Each process that scores
 * has a file of its own: the first that no other one has locked. The numbers under a key are those
 * that would be computed, to the bit, so a run is the same with any part of the file, or none. That
 * is why a file that cannot be used is reported and does not end the run. Used by one thread.
 */
final class LogprobCache implements AutoCloseable {
  private static final int MOST_FILES = 64;

  private final RunFolder run;
  private final Consumer<String> problems;
  private @Nullable LogprobFile file;
  private boolean given;
  private boolean full;

  /**
   * A cache in a run folder, whose file is opened by its first use.
   *
   * @param problems takes a line for people
   */
  LogprobCache(RunFolder run, Consumer<String> problems) {
    this.run = run;
    this.problems = problems;
  }

  /** The numbers under {@code key}, if it has {@code count} of them. */
  Optional<float[]> find(byte[] key, int count) {
    Optional<LogprobFile> opened = file();
    try {
      return opened.flatMap(records -> records.find(key, count));
    } catch (UncheckedIOException e) {
      giveUp(Objects.requireNonNull(e.getCause()));
      return Optional.empty();
    }
  }

  /** Keeps numbers under a key that has none. */
  void add(byte[] key, float[] numbers) {
    Optional<LogprobFile> opened = file();
    try {
      if (opened.isPresent()) {
        opened.get().add(key, numbers);
        reportFull(opened.get());
      }
    } catch (IOException e) {
      giveUp(e);
    }
  }

  private void reportFull(LogprobFile records) {
    if (!full && !records.hasRoom()) {
      full = true;
      problems.accept(
          String.format(
              Locale.ROOT,
              "%s: as many texts as the heap has room for (%s MiB); log-probabilities of further"
                  + " ones are computed each time",
              RunFolder.shown(run.cache()),
              Runtime.getRuntime().maxMemory() >> 20));
    }
  }

  /** The file; none where it cannot be used. */
  private Optional<LogprobFile> file() {
    if (!given) {
      given = true;
      try {
        file = open();
      } catch (IOException e) {
        giveUp(e);
      }
    }
    return Optional.ofNullable(file);
  }

  private LogprobFile open() throws IOException {
    Files.createDirectories(run.cache());
    if (!run.cache().toRealPath().startsWith(run.root().toRealPath())) {
      throw new FileSystemException(
          run.cache().toString(),
          null,
          "a link that leads out of the run folder (expected: a folder in it)");
    }
    for (int number = 0; number < MOST_FILES; number++) {
      Path path = run.logprobs(number);
      Optional<LogprobFile> opened = LogprobFile.open(path, KeyIndex.ofHeap());
      if (opened.isPresent()) {
        if (opened.get().dropped() > 0) {
          problems.accept(
              String.format(
                  Locale.ROOT,
                  "%s: its last %s bytes are torn or damaged; what they held is computed again",
                  RunFolder.shown(path),
                  opened.get().dropped()));
        }
        return opened.get();
      }
    }
    throw new IOException(MOST_FILES + " processes have such files (expected: fewer)");
  }

  private void giveUp(IOException problem) {
    String reason =
        problem instanceof FileSystemException named && named.getReason() != null
            ? named.getFile() + ": " + named.getReason()
            : RunFolder.shown(run.cache()) + ": " + problem.getMessage();
    problems.accept(reason + "; log-probabilities of texts of files are computed each time");
    close();
    file = null;
  }

  @Override
  public void close() {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException e) {
      problems.accept(RunFolder.shown(run.cache()) + ": cannot be closed: " + e.getMessage());
    }
  }
}
