package dev.kelpie.cli.sweep;

import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.terminal.ReadingLine;
import dev.kelpie.cli.terminal.StopHook;
import dev.kelpie.cli.terminal.Terminal;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.FileTree;
import dev.kelpie.runs.RunLock;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie sweep}: runs an experiment with several settings and seeds and compares them. */
@Command(
    name = "sweep",
    description = {
      "Run an experiment with every cell of a grid or list and every seed, each in a process of its"
          + " own, and compare the cells by the mean and spread of a metric over the seeds. The"
          + " same command again skips what has finished and resumes what has not; Ctrl-C saves"
          + " the running runs.",
      "",
      "A sweep file:",
      "  experiment = \"quickstart.conf\"          # from the folder of this file",
      "  seeds = [1, 2, 3]",
      "  grid { algorithm.preset = [grpo, dapo], learner.learning-rate = [1e-4, 3e-4] }",
      "  metric = eval/reward/mean               # a number of metrics.jsonl; goal = max or min",
      "  samples = 5120                          # of each run, in place of run.steps",
      "In place of grid: list = [ { name = a, set { algorithm.preset = ppo } }, ... ]. What all"
          + " cells change: set { run.steps = 40 }.",
    },
    exitCodeListHeading = "%nExit code:%n",
    exitCodeList = {
      "0:all runs have finished",
      "1:a run has failed or was stopped",
      "2:the sweep cannot be run as it is written",
      "130:ended by Ctrl-C"
    },
    footer = {
      "",
      "Example: kelpie sweep configs/sweeps/presets.conf",
      "Example: kelpie sweep configs/sweeps/presets.conf -D eval.samples=64 --run-dir runs/try"
          + " --dry-run"
    })
public final class SweepCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "FILE", description = "Sweep file.")
  private Path file = Path.of("");

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "1",
      description = "Runs at the same time, at most one a core. Default: ${DEFAULT-VALUE}.")
  private int parallel = 1;

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description = "Folder of the sweep, new or of this sweep. Default: runs/NAME-sweep.")
  private @Nullable Path runDir;

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Change one value of all cells, such as -D run.steps=20; repeatable.")
  private List<String> overrides = new ArrayList<>();

  @Option(names = "--dry-run", description = "Check and list all runs, and start none.")
  private boolean dryRun;

  @Override
  public Integer call() throws IOException, InterruptedException {
    SweepPlan.requireCores(parallel);
    PrintWriter out = spec.commandLine().getOut();
    SweepFile sweep = SweepFile.read(file, overrides);
    Path folder = runDir == null ? Path.of("runs", sweep.name()) : runDir;
    folder = folder.toAbsolutePath().normalize();
    requireSweep(folder);
    UnpackNotice.tell(out);
    SweepPlan plan;
    try {
      plan = SweepPlan.check(sweep, folder, ReadingLine.on(out));
    } catch (SweepPlan.WrongCells e) {
      PrintWriter err = spec.commandLine().getErr();
      e.lines().forEach(line -> err.println("kelpie: " + line));
      err.flush();
      return Failures.BAD_INPUT;
    }
    plan.requireMemory(parallel);
    plan.notes(parallel).forEach(out::println);
    if (dryRun) {
      plan.requireSameExperiments();
      list(SweepResult.read(plan, Map.of()), out);
      return 0;
    }
    Files.createDirectories(folder);
    try (RunLock lock = RunLock.take(new RunFolder(folder))) {
      plan.requireSameExperiments();
      SweepRunner.write(SweepResult.read(plan, Map.of()));
      out.println("sweep folder: " + RunFolder.shown(folder) + ", " + counts(plan));
      out.flush();
      return run(plan, out);
    }
  }

  /** Refuses a folder that is something else than a sweep's. */
  private static void requireSweep(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    boolean other =
        !Files.isDirectory(folder)
            || (!FileTree.list(folder).isEmpty()
                && !Files.isRegularFile(folder.resolve(SweepJson.NAME)));
    if (other) {
      throw new ConfigException(
          "--run-dir: "
              + RunFolder.shown(folder)
              + " exists and is not the folder of a sweep (expected: a new folder or one with"
              + " sweep.json in it)");
    }
  }

  private static String counts(SweepPlan plan) {
    int cells = plan.sweep().cells().size();
    int runs = plan.runs().size();
    return cells + (cells == 1 ? " cell, " : " cells, ") + runs + (runs == 1 ? " run" : " runs");
  }

  /** Runs what has not finished, reports the result and returns the exit code. */
  private int run(SweepPlan plan, PrintWriter out) throws IOException, InterruptedException {
    SweepTerminal terminal = new SweepTerminal(out, Terminal.here(), plan.runs().size());
    CountDownLatch ended = new CountDownLatch(1);
    SweepRunner runner = new SweepRunner(plan, parallel, terminal);
    StopHook hook =
        StopHook.add(
            () -> {
              terminal.say(
                  "stopping the runs after their steps, then saving ... (Ctrl-C once more ends at"
                      + " once)");
              runner.stop();
            },
            ended,
            "ended at once; the same command resumes from the last checkpoints",
            runner::kill);
    try (runner) {
      SweepResult result = runner.run();
      SweepRunner.write(result);
      report(result, out);
      return result.isFinished() ? 0 : Failures.FAILURE;
    } finally {
      ended.countDown();
      hook.remove();
    }
  }

  private static void list(SweepResult result, PrintWriter out) {
    for (RunResult run : result.runs()) {
      out.println(run.run().name() + ": " + run.status() + ", steps " + steps(run));
    }
    out.flush();
  }

  private static String steps(RunResult run) {
    return run.steps() + "/" + run.run().experiment().experiment().run().steps();
  }

  private static void report(SweepResult result, PrintWriter out) {
    out.println();
    out.println(result.title());
    result.table().lines().forEach(out::println);
    result.unequalSamples().ifPresent(out::println);
    List<String> unfinished = result.unfinished();
    if (!unfinished.isEmpty()) {
      unfinished.forEach(out::println);
      out.println("the same command resumes what has not finished");
    }
    Path folder = result.plan().folder();
    out.println("page: " + RunFolder.shown(folder.resolve(SweepPage.NAME)));
    out.flush();
  }
}
