package dev.kelpie.cli.cluster;

import dev.kelpie.cli.terminal.PrivateFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A process of Kelpie, including its replacements. Its output is appended to a log that only the
 * owner may read. Its standard input stays open until this process ends.
 */
public class LoggedProcess {
  private final String name;
  private final List<String> command;
  private final Path log;
  private final Consumer<String> output;
  private final Consumer<String> errors;
  private final List<Thread> readers = new ArrayList<>();
  private volatile @Nullable Process process;

  /**
   * Creates a process that is not started.
   *
   * @param command as {@link KelpieProcess} builds it
   * @param output takes each line of its standard output
   * @param errors takes each line of its standard error
   */
  public LoggedProcess(
      String name,
      List<String> command,
      Path log,
      Consumer<String> output,
      Consumer<String> errors) {
    this.name = name;
    this.command = List.copyOf(command);
    this.log = log;
    this.output = output;
    this.errors = errors;
  }

  /** Its name, for people. */
  public final String name() {
    return name;
  }

  /** Starts the process; {@code exited} receives its exit code. */
  public final void start(IntConsumer exited) {
    try {
      PrivateFiles.file(log);
      Process started = launch();
      process = started;
      PrintStream file =
          new PrintStream(
              Files.newOutputStream(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
              true,
              StandardCharsets.UTF_8);
      readers.clear();
      readers.add(read(started.inputReader(), file, output));
      readers.add(read(started.errorReader(), file, errors));
      daemon("kelpie-awaits-" + name, () -> awaitExit(started, file, exited));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name + ": " + e.getMessage(), e);
    }
  }

  /** Starts the operating system's process. */
  Process launch() throws IOException {
    return new ProcessBuilder(command).start();
  }

  private Thread read(BufferedReader from, PrintStream file, Consumer<String> shown) {
    return daemon(
        "kelpie-output-" + name,
        () -> {
          try (BufferedReader lines = from) {
            lines
                .lines()
                .forEach(
                    line -> {
                      file.println(line);
                      shown.accept(line);
                    });
          } catch (IOException | UncheckedIOException e) {
            // the process was killed in the middle of a line
          }
        });
  }

  private static Thread daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void awaitExit(Process started, PrintStream file, IntConsumer exited) {
    try {
      int code = started.waitFor();
      for (Thread reader : readers) {
        reader.join(2000); // until all output is read
      }
      file.close();
      exited.accept(code);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The process id, or -1 before the start. */
  public final long pid() {
    return handle().map(ProcessHandle::pid).orElse(-1L);
  }

  /** Asks the process to shut down. */
  public void ask() {
    // Process.destroy would close the lines on which it tells how it ended.
    handle().ifPresent(ProcessHandle::destroy);
  }

  /** Kills the process without waiting for its end. */
  public void kill() {
    handle().ifPresent(ProcessHandle::destroyForcibly);
  }

  private Optional<ProcessHandle> handle() {
    return Optional.ofNullable(process).map(Process::toHandle);
  }

  /** Waits for the end of the process; returns false after {@code patience}. */
  public final boolean ended(Duration patience) {
    Process running = process;
    try {
      return running == null || running.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Waits for the end of the process and kills it after {@code patience}. */
  final void end(Duration patience) {
    if (!ended(patience)) {
      kill();
      ended(patience);
    }
  }
}
