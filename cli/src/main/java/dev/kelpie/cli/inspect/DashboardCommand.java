package dev.kelpie.cli.inspect;

import dev.kelpie.cli.sweep.SweepFolder;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.cli.train.LivePage;
import dev.kelpie.cli.train.PolicyTokens;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DashboardOptions;
import dev.kelpie.dashboard.AccessToken;
import dev.kelpie.dashboard.DashboardServer;
import dev.kelpie.dashboard.ShownRun;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.RewardModelReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie dashboard}: shows recorded runs on a page. */
@Command(
    name = "dashboard",
    description = {
      "Show one run, or several side by side, on a page in the browser. Ctrl-C ends it.",
      "A run that is going on has a page of its own; kelpie train prints its address."
    },
    footer = {
      "",
      "Example: kelpie dashboard runs/quickstart-20260102-030405 --open",
      "Example: kelpie dashboard runs/first runs/second --port 8080"
    })
public final class DashboardCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "1..*",
      paramLabel = "RUN",
      description = "Run folders, folders of sweeps, or reward models.")
  private List<Path> runs = new ArrayList<>();

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port of the page; 0: any free one. Default: 7070, or a free one.")
  private @Nullable Integer port;

  @Option(names = "--open", description = "Open the page in the browser.")
  private boolean open;

  @Override
  public Integer call() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (Path run : runs) {
      List<Path> members = RewardModelReport.members(run);
      folders.addAll(
          SweepFolder.is(run) ? SweepFolder.runs(run) : members.isEmpty() ? List.of(run) : members);
    }
    List<String> names = names(folders);
    List<ShownRun> shown = new ArrayList<>();
    for (Path folder : folders) {
      shown.add(read(folder).called(names.get(shown.size())));
    }
    PrintWriter out = spec.commandLine().getOut();
    UnpackNotice.tellOfTokenizers(out);
    int wanted = port == null ? DashboardOptions.DEFAULTS.port() : port;
    try (DashboardServer server = start(wanted, shown)) {
      for (ShownRun run : shown) {
        run.notes().get().forEach(note -> out.println(run.name() + ": " + note));
      }
      LivePage.announce(server, wanted, open, out);
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  private DashboardServer start(int wanted, List<ShownRun> shown) throws IOException {
    String host = DashboardOptions.DEFAULTS.host();
    try {
      return DashboardServer.start(
          DashboardServer.Options.of(host, wanted, port == null, AccessToken.random()), shown);
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigException("--" + String.valueOf(e.getMessage()).replace("dashboard.", ""));
    }
  }

  /** The last parts of the paths, as many as tell the runs apart. */
  private static List<String> names(List<Path> folders) {
    List<Path> all = folders.stream().map(path -> path.toAbsolutePath().normalize()).toList();
    int most = all.stream().mapToInt(Path::getNameCount).min().orElse(1);
    for (int parts = 1; parts <= most; parts++) {
      int last = parts;
      List<String> names =
          all.stream()
              .map(path -> path.subpath(path.getNameCount() - last, path.getNameCount()).toString())
              .toList();
      if (new HashSet<>(names).size() == names.size()) {
        return names;
      }
    }
    return all.stream().map(path -> String.valueOf(path.getFileName())).toList();
  }

  private static ShownRun read(Path path) {
    RunFolder folder = new RunFolder(path);
    boolean run =
        Files.isRegularFile(folder.experimentFile()) || Files.isRegularFile(folder.metricsFile());
    if (!run) {
      throw new ConfigException(
          "RUN: "
              + path
              + " (expected: a run folder, with experiment.conf or metrics.jsonl in it)");
    }
    return ShownRun.recorded(folder, new PolicyTokens(folder));
  }
}
