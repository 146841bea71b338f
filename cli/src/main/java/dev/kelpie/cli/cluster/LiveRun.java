package dev.kelpie.cli.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.cli.train.PageClient;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.files.InputFile;
import dev.kelpie.runs.ClusterFile;
import dev.kelpie.runs.RunInput;
import dev.kelpie.runs.SummaryFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** A run that is live, in whatever terminal, and how to ask it. */
final class LiveRun {
  private static final Path RUNS = Path.of("runs");
  private static final int MOST_BYTES = 4096;

  private final RunFolder folder;
  private final PageClient page;

  private LiveRun(RunFolder folder, PageClient page) {
    this.folder = folder;
    this.page = page;
  }

  /** A run that should be live does not answer, or refuses. */
  private static final class NoAnswerException extends IOException {
    private static final long serialVersionUID = 1;

    NoAnswerException(String message, IOException cause) {
      super(message, cause);
    }
  }

  /** What a command does with a live run. */
  interface Use {
    /** Does it; returns the exit code. */
    int with(LiveRun run) throws IOException, InterruptedException;
  }

  /** Finds a run and uses it; one that does not answer is one line, and exit code 1. */
  static int use(@Nullable Path given, CommandSpec spec, Use use)
      throws IOException, InterruptedException {
    LiveRun run = find(given);
    try {
      return use.with(run);
    } catch (NoAnswerException e) {
      if (!run.goesOn()) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(RunFolder.shown(run.folder.root()) + " has ended" + ended(run.folder));
        out.flush();
        return 0;
      }
      PrintWriter err = spec.commandLine().getErr();
      err.println("kelpie: " + SafeText.line(String.valueOf(e.getMessage())));
      err.flush();
      return Failures.FAILURE;
    }
  }

  /**
   * The run in a folder; without one the only live run in {@code runs/}.
   *
   * @throws ConfigException in one line when there is no such run, or it is not live
   */
  private static LiveRun find(@Nullable Path given) throws IOException {
    RunFolder folder = new RunFolder(given == null ? onlyOne() : given);
    String shown = RunFolder.shown(folder.root());
    if (!Files.isRegularFile(folder.experimentFile())) {
      throw new ConfigException(
          "RUN: " + shown + " (expected: a run folder, with experiment.conf in it)");
    }
    if (ClusterFile.seed(folder).isEmpty()) {
      throw new ConfigException("RUN: " + shown + " is not live" + ended(folder));
    }
    PageClient page =
        PageClient.of(folder)
            .orElseThrow(
                () ->
                    new ConfigException(
                        "RUN: "
                            + shown
                            + ": its page is off (expected: dashboard.enabled = true, because the"
                            + " page is asked)"));
    return new LiveRun(folder, page);
  }

  private static Path onlyOne() throws IOException {
    List<Path> live = List.of();
    if (Files.isDirectory(RUNS)) {
      try (Stream<Path> all = Files.list(RUNS)) {
        live =
            all.filter(run -> Files.isRegularFile(new RunFolder(run).clusterFile()))
                .sorted()
                .toList();
      }
    }
    if (live.size() != 1) {
      String there =
          live.isEmpty()
              ? "no run in runs/ is live"
              : "live are " + String.join(", ", live.stream().map(Path::toString).toList());
      throw new ConfigException("RUN: none (expected: the folder of a live run; " + there + ")");
    }
    return live.get(0);
  }

  private static String ended(RunFolder folder) {
    try {
      JsonNode summary = SummaryFile.read(folder.summaryFile());
      String why = summary.path("error").asText(summary.path("reason").asText(""));
      return ": "
          + summary.path("status").asText()
          + " after step "
          + summary.path("steps").asLong()
          + (why.isEmpty() ? "" : ": " + why);
    } catch (IOException | RuntimeException e) {
      return " (expected: a run that is going on; kelpie runs lists all)";
    }
  }

  RunFolder folder() {
    return folder;
  }

  /** Whether it has not ended. */
  boolean goesOn() {
    return ClusterFile.seed(folder).isPresent();
  }

  /** Its status as the page has it. */
  JsonNode status() throws IOException, InterruptedException {
    try {
      return page.get("status");
    } catch (PageClient.RefusedException e) {
      throw refused(e);
    } catch (IOException e) {
      throw silent(e);
    }
  }

  /** Asks something of it. */
  void ask(String request) throws IOException, InterruptedException {
    try {
      page.post(request);
    } catch (PageClient.RefusedException e) {
      throw refused(e);
    } catch (IOException e) {
      throw silent(e);
    }
  }

  private NoAnswerException refused(PageClient.RefusedException e) {
    return new NoAnswerException(RunFolder.shown(folder.root()) + ": " + e.getMessage(), e);
  }

  /** Why the learner's process does not answer, as far as this machine knows. */
  private NoAnswerException silent(IOException e) {
    Optional<String> process = process();
    String who =
        process
            .map(pid -> "its learner, process " + pid + ", ")
            .orElse("its learner's process, which has ended or is being started again, ");
    String why =
        process.filter(LiveRun::isStopped).isPresent()
            ? " is stopped (kill -CONT lets it go on)"
            : e instanceof HttpTimeoutException ? " is too busy, or its machine is" : "";
    return new NoAnswerException(
        RunFolder.shown(folder.root())
            + ": "
            + who
            + "does not answer at "
            + page.address()
            + (why.isEmpty() ? "" : ": it" + why),
        e);
  }

  /** The process that has the run's lock, if it is on this machine. */
  private Optional<String> process() {
    try {
      byte[] bytes = RunInput.bytes(folder.root(), folder.lockFile(), MOST_BYTES);
      String pid = new String(bytes, StandardCharsets.US_ASCII).strip();
      return ProcessHandle.of(Long.parseLong(pid)).isPresent()
          ? Optional.of(pid)
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Whether a process is stopped by a signal; false where the system has no {@code /proc}. */
  private static boolean isStopped(String pid) {
    try {
      String stat = InputFile.readText(Path.of("/proc", pid, "stat"), MOST_BYTES);
      return stat.substring(stat.lastIndexOf(')') + 1).strip().startsWith("T");
    } catch (IOException e) {
      return false;
    }
  }
}
