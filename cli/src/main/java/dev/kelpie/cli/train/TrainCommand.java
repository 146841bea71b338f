package dev.kelpie.cli.train;

import dev.kelpie.actors.Role;
import dev.kelpie.actors.RunNode;
import dev.kelpie.actors.RunSetup;
import dev.kelpie.cli.check.HostCertificates;
import dev.kelpie.cli.check.MessageSize;
import dev.kelpie.cli.check.Preflight;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.doctor.FindingText;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.terminal.NativeStart;
import dev.kelpie.cli.terminal.StopHook;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.named.Members;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView;
import dev.kelpie.runs.BestEvaluation;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.LedgerCheck;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.http.HealthServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kelpie train}: starts or resumes a run. */
@Command(
    name = "train",
    description = {
      "Run an experiment. Ctrl-C finishes the current step and saves; --resume continues from"
          + " there."
    },
    footer = {
      "",
      "Example: kelpie train configs/quickstart.conf -D run.steps=40",
      "Example: kelpie train --resume runs/quickstart-20260102-030405"
    })
public final class TrainCommand implements Callable<Integer> {
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private RunArguments arguments = new RunArguments();

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Change one value of the file, such as -D run.steps=20; repeatable.")
  private List<String> overrides = new ArrayList<>();

  @Mixin private ProcessPart part = new ProcessPart();

  @Override
  public Integer call() throws Exception {
    LoadedExperiment loaded = load(overrides);
    Preflight.engine(loaded);
    PrintWriter out = spec.commandLine().getOut();
    if (!part.given()) {
      UnpackNotice.tell(out);
    }
    if (!loaded.experiment().cluster().roles().equals(List.of(Role.REWARD.key()))) {
      NativeStart.inBackground();
    }
    LoadedExperiment startable = startable(part.given() ? ofPart() : overrides);
    if (!part.given()) {
      RunInputs.requireRoom(startable);
    }
    RunInputs parts = arguments.inputs(startable, out);
    HostCertificates.require(startable.experiment());
    Optional<StandbyTrainer> prepared = Optional.empty();
    if (part.standsBy()) {
      RunFolder resumed = arguments.folder(loaded, "kelpie train");
      prepared = Optional.of(StandbyTrainer.open(parts.setup(resumed, true)));
      if (!part.awaitTurn()) {
        prepared.get().close();
        return 0;
      }
    }
    Ports.requireFree(loaded);
    if (!loaded.experiment().cluster().roles().isEmpty()) {
      MessageSize.requireFits(loaded, parts);
    }
    RunFolder folder = arguments.folder(loaded, "kelpie train");
    try (KelpieRun run = KelpieRun.take(folder, parts, arguments.dataNotes())) {
      if (!part.given()) {
        out.println(arguments.announcement(folder));
      }
      parts.notes().forEach(out::println);
      out.flush();
      if (!part.given()) {
        run.record(loaded);
      }
      RunSetup setup =
          prepared
              .map(StandbyTrainer::setup)
              .orElseGet(() -> parts.setup(folder, arguments.resumes()));
      return run(loaded.experiment(), run, setup);
    }
  }

  /** Runs to the end, prints the report and returns the exit code. */
  private int run(Experiment experiment, KelpieRun run, RunSetup setup) throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    RunFolder folder = setup.folder();
    CountDownLatch told = new CountDownLatch(1);
    try {
      RunSummary summary = shown(experiment, run, setup, told);
      writeSummary(run, folder, out);
      report(out, experiment, folder, summary);
      if (DiskRoom.ended(summary)) {
        return Failures.DISK_FULL;
      }
      return summary.status() == RunSummary.Status.FAILED ? Failures.FAILURE : 0;
    } finally {
      told.countDown();
    }
  }

  private List<String> ofPart() {
    List<String> changes = new ArrayList<>(overrides);
    changes.addAll(part.overrides());
    return changes;
  }

  private LoadedExperiment startable(List<String> changes) {
    return arguments.startable(load(changes), changes);
  }

  private LoadedExperiment load(List<String> overrides) {
    return arguments.load(overrides, " (expected: kelpie train --resume RUN)");
  }

  /**
   * Runs to the end and prints progress. Ctrl-C asks for a stop; the process then ends when {@code
   * told} reports that everything is saved.
   */
  private RunSummary shown(
      Experiment experiment, KelpieRun run, RunSetup setup, CountDownLatch told) throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    RunFolder folder = setup.folder();
    TerminalProgress progress =
        new TerminalProgress(out, Boolean.getBoolean("kelpie.terminal"), System::nanoTime);
    run.begin(setup);
    RunNode node = run.node();
    try (HealthServer probes = part.answerProbes(node::inTouch);
        LivePage page = LivePage.open(experiment, node, folder, arguments.open(), out)) {
      StopHook hook =
          StopHook.add(
              () -> {
                System.err.println(
                    "\nstopping after this step, then saving ... (Ctrl-C once more ends at once)");
                node.control().stop();
              },
              told,
              "ended at once; go on from the last checkpoint with: ./kelpie train --resume "
                  + RunFolder.shown(folder.root()),
              () -> {});
      part.tie(
          node.control()::stop,
          () -> node.view().actors().stream().anyMatch(actor -> actor.activity().isWork()));
      try {
        return await(node.done().toCompletableFuture(), node.view(), progress);
      } finally {
        progress.finish();
        hook.remove();
      }
    }
  }

  /** Writes the summary; a full disk prevents the file but not the printed report. */
  private static void writeSummary(KelpieRun run, RunFolder folder, PrintWriter out)
      throws InterruptedException {
    try {
      run.await();
    } catch (IOException e) {
      out.println(
          "warning: cannot write " + RunFolder.shown(folder.summaryFile()) + ": " + e.getMessage());
    }
  }

  private static RunSummary await(
      CompletableFuture<RunSummary> done, RunView view, TerminalProgress progress)
      throws InterruptedException, ExecutionException {
    while (true) {
      try {
        RunSummary summary = done.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        progress.update(view);
        return summary;
      } catch (TimeoutException e) {
        progress.update(view);
      }
    }
  }

  private static void report(
      PrintWriter out, Experiment experiment, RunFolder folder, RunSummary summary) {
    out.printf(
        Locale.ROOT,
        "%s: %d steps in %s%s%n",
        summary.status().name().toLowerCase(Locale.ROOT),
        summary.steps(),
        TerminalProgress.words(Duration.ofMillis((long) (summary.seconds() * 1000))),
        Double.isNaN(summary.secondsToFirstStep())
            ? ""
            : String.format(
                Locale.ROOT,
                "; the first was done %.1f s after the start of the program",
                summary.secondsToFirstStep()));
    summary.error().ifPresent(error -> out.println("error: " + error));
    summary.reason().ifPresent(reason -> out.println("reason: " + reason));
    evaluation(out, "held-out reward", "eval/reward/mean", summary);
    evaluation(out, "held-out reward, greedy", "eval/greedy/reward/mean", summary);
    if (summary.failedRewards() > 0) {
      out.println("responses without a reward, because it failed: " + summary.failedRewards());
    }
    boolean grouped =
        !experiment.reward().isEmpty()
            && (experiment.rollout().fromFile()
                ? experiment.data().form().groups()
                : experiment.rollout().groupSize() + Members.of(experiment).responses() > 1);
    if (grouped && summary.unequalGroups() == 0 && summary.steps() > 0) {
      out.println("warning: no group had two different rewards, so nothing could be learned");
    }
    out.println("ledger: " + words(summary.ledger()));
    summary
        .checkpoint()
        .ifPresent(
            path -> out.println("weights: " + RunFolder.shown(CheckpointStore.policy(path))));
    summary.best().ifPresent(best -> out.println(words(best, summary)));
    FindingText.ofRun(folder).forEach(out::println);
    out.println("everything: " + RunFolder.shown(folder.root()));
    if (summary.mayContinue()) {
      out.println("go on with: ./kelpie train --resume " + RunFolder.shown(folder.root()));
    }
    out.flush();
  }

  private static String words(BestEvaluation best, RunSummary summary) {
    String where =
        summary
            .bestCheckpoint()
            .map(path -> RunFolder.shown(CheckpointStore.policy(path)))
            .orElse(best.step() == 0 ? "the policy that the run started with" : "not saved");
    return String.format(
        Locale.ROOT,
        "best by %s: %.3f after step %s: %s",
        best.metric(),
        best.value(),
        best.step(),
        where);
  }

  private static String words(LedgerCheck ledger) {
    if (!ledger.checked()) {
      return "not checked";
    }
    return ledger.clean() ? "clean" : ledger.violations().toString();
  }

  private static void evaluation(PrintWriter out, String title, String metric, RunSummary summary) {
    Map<String, Double> before = summary.evalBefore();
    Map<String, Double> after = summary.evalAfter();
    if (before.containsKey(metric) && after.containsKey(metric)) {
      out.printf(Locale.ROOT, "%s: %.3f -> %.3f%n", title, before.get(metric), after.get(metric));
    }
  }
}
