package dev.kelpie.cli.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie cluster status}: why a live run is stuck, or that it is not, and its nodes. */
@Command(
    name = "status",
    description = {
      "Show a live run: whether it is stuck, who waits for whom and the likely cause; its nodes"
          + " with",
      "their work. Exit code: 0; 3 if it is stuck or slower than usual; 1 if it does not answer;"
          + " 2 if",
      "there is no live run."
    },
    footer = {
      "",
      "Example: kelpie cluster status",
      "Example: kelpie cluster status runs/quickstart-20260102-030405 --watch"
    })
final class ClusterStatus implements Callable<Integer> {
  private static final int ALARMS = 3;
  private static final Duration EVERY = Duration.ofSeconds(2);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "RUN",
      description = "Folder of the run. Default: the only live one in runs/.")
  private @Nullable Path run;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(names = "--watch", description = "Print it again every two seconds until the run ends.")
  private boolean watch;

  @Override
  public Integer call() throws IOException, InterruptedException {
    return LiveRun.use(run, spec, this::show);
  }

  private int show(LiveRun live) throws IOException, InterruptedException {
    JsonNode status = showOnce(live);
    while (watch && live.goesOn()) {
      Thread.sleep(EVERY.toMillis());
      if (live.goesOn()) {
        status = showOnce(live);
      }
    }
    return StatusText.alarms(status) ? ALARMS : 0;
  }

  private JsonNode showOnce(LiveRun live) throws IOException, InterruptedException {
    JsonNode status = live.status();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(watch ? status.toString() : status.toPrettyString());
    } else {
      StatusText.lines(RunFolder.shown(live.folder().root()), status).forEach(out::println);
      if (watch) {
        out.println();
      }
    }
    out.flush();
    return status;
  }
}
