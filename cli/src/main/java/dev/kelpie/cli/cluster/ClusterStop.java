package dev.kelpie.cli.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.SummaryFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie cluster stop}: ends a live run in order, from whatever terminal. */
@Command(
    name = "stop",
    description = {
      "End a live run, also one that another terminal has started: it finishes the current step,"
          + " saves,",
      "and ends all its processes. Waits for that; Ctrl-C ends the waiting only."
    },
    footer = {"", "Example: kelpie cluster stop runs/quickstart-20260102-030405"})
final class ClusterStop implements Callable<Integer> {
  private static final Duration EVERY = Duration.ofMillis(300);
  private static final Duration SUMMARY = Duration.ofSeconds(30);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "RUN",
      description = "Folder of the run. Default: the only live one in runs/.")
  private @Nullable Path run;

  @Override
  public Integer call() throws IOException, InterruptedException {
    return LiveRun.use(run, spec, this::stop);
  }

  private int stop(LiveRun live) throws IOException, InterruptedException {
    Instant asked = Instant.now();
    live.ask("stop");
    String shown = RunFolder.shown(live.folder().root());
    say(shown + ": stopping after this step, then saving ...");
    while (live.goesOn()) {
      Thread.sleep(EVERY.toMillis());
    }
    Path summary = live.folder().summaryFile();
    Instant until = Instant.now().plus(SUMMARY);
    while (!isNewer(summary, asked) && Instant.now().isBefore(until)) {
      Thread.sleep(EVERY.toMillis());
    }
    if (!isNewer(summary, asked)) {
      say(shown + ": ended, without a summary");
      return Failures.FAILURE;
    }
    JsonNode result = SummaryFile.read(summary);
    String status = result.path("status").asText();
    say(
        String.format(
            Locale.ROOT,
            "%s: %s after step %d%s",
            shown,
            status,
            result.path("steps").asLong(),
            result.has("error") ? ": " + result.path("error").asText() : ", saved"));
    return status.equals("failed") ? Failures.FAILURE : 0;
  }

  private static boolean isNewer(Path file, Instant than) throws IOException {
    return Files.exists(file)
        && Files.getLastModifiedTime(file).compareTo(FileTime.from(than.minusSeconds(1))) > 0;
  }

  private void say(String line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }
}
