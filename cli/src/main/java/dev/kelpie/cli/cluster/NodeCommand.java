package dev.kelpie.cli.cluster;

import dev.kelpie.actors.RunNode;
import dev.kelpie.actors.RunSetup;
import dev.kelpie.cli.check.HostCertificates;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.train.Ports;
import dev.kelpie.cli.train.PresentPolicy;
import dev.kelpie.cli.train.ProcessPart;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.http.HealthServer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie node}: runs the worker roles of a run; started by {@code kelpie cluster}. */
@Command(
    name = "node",
    hidden = true,
    description = "Run worker roles of a run whose learner is another process.",
    footer = {"", "Example: kelpie node runs/RUN --roles rollout --seed 127.0.0.1:2551"})
public final class NodeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "RUN", description = "Folder of the run.")
  private Path run = Path.of("");

  @Mixin private ProcessPart part = new ProcessPart();

  @Override
  public Integer call() throws Exception {
    RunFolder folder = new RunFolder(run);
    LoadedExperiment loaded = PresentPolicy.load(folder, part.overrides());
    HostCertificates.require(loaded.experiment());
    Ports.requireFree(loaded);
    Experiment experiment = loaded.experiment();
    PrintWriter out = spec.commandLine().getOut();
    say(out, String.format(Locale.ROOT, "%s of %s", experiment.cluster().roles(), folder.root()));
    RunSetup setup = RunInputs.ofWorker(experiment).setup(folder, false).named(part.name());
    try (RunNode node = RunNode.start(setup);
        HealthServer probes = part.answerProbes(node::inTouch)) {
      part.tie(
          () ->
              say(
                  out,
                  "the launcher is gone; this process ends with the run, or a minute after its"
                      + " learner"),
          node::inTouch);
      RunSummary summary = node.done().toCompletableFuture().get();
      String status = summary.status().name().toLowerCase(Locale.ROOT);
      say(
          out,
          summary
              .reason()
              .orElse(
                  "the run is over: "
                      + summary.error().map(e -> status + ": " + e).orElse(status)));
      return summary.status() == RunSummary.Status.FAILED ? Failures.FAILURE : 0;
    }
  }

  private static void say(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }
}
