package dev.kelpie.cli.sweep;

import dev.kelpie.cli.cluster.KelpieProcess;
import dev.kelpie.cli.cluster.LoggedProcess;
import dev.kelpie.cli.train.NewRun;
import dev.kelpie.runs.SummaryFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** The process of one run, {@code kelpie train --resume} in its folder, and why it failed. */
final class RunProcess {
  private static final String OWN_ERROR = "kelpie: ";
  private static final int SIGNAL = 128;
  private static final int OUT_OF_MEMORY = 3;

  private final SweepRun run;
  private final LoggedProcess process;
  private volatile String complaint = "";

  /** Creates a process that is not started; {@code steps} takes its lines about steps. */
  RunProcess(SweepRun run, Consumer<String> steps, Consumer<String> warnings) {
    this.run = run;
    this.process =
        new LoggedProcess(
            run.name(),
            KelpieProcess.command(
                KelpieProcess.LOGGED,
                List.of("train", "--resume", run.folder().root().toString(), "--tied")),
            log(run),
            line -> {
              if (line.startsWith("step ")) {
                steps.accept(line);
              } else if (line.startsWith("warning: ")) {
                warnings.accept(line);
              }
            },
            this::complain);
  }

  private void complain(String line) {
    if (line.startsWith(OWN_ERROR)) {
      complaint = line.substring(OWN_ERROR.length());
    }
  }

  /** The file with the output of a run's processes. */
  static Path log(SweepRun run) {
    return run.folder().logs().resolve("train.log");
  }

  SweepRun run() {
    return run;
  }

  /** Stores the experiment of a new run and starts the process. */
  void start(IntConsumer exited) throws IOException {
    Files.createDirectories(run.folder().logs());
    if (!run.begun()) {
      NewRun.record(run.folder(), run.experiment());
    }
    process.start(exited);
  }

  /** Asks the process to finish its step, to save and to end. */
  void ask() {
    process.ask();
  }

  void kill() {
    process.kill();
  }

  boolean ended(Duration patience) {
    return process.ended(patience);
  }

  /** Why the process that ended with {@code code} has failed, in one line. */
  String reason(int code) {
    if (code > SIGNAL) {
      int signal = code - SIGNAL;
      return "was killed by signal "
          + signal
          + (signal == 9 ? ", as the system does when memory runs out" : "");
    }
    if (code == OUT_OF_MEMORY) {
      return "the Java heap is full (expected: a larger -J-Xmx, or less to hold)";
    }
    if (!complaint.isEmpty()) {
      return complaint;
    }
    return recorded().orElse("ended with exit code " + code);
  }

  private Optional<String> recorded() {
    try {
      String error = SummaryFile.read(run.folder().summaryFile()).path("error").asText("");
      return Optional.of(error).filter(text -> !text.isEmpty());
    } catch (IOException e) {
      return Optional.empty(); // there is none
    }
  }
}
