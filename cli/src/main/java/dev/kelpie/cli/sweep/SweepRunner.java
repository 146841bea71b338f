package dev.kelpie.cli.sweep;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.OpenJournals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Runs the processes of a sweep, at most {@code parallel} at the same time. A run that fails does
 * not end the others.
 */
final class SweepRunner implements AutoCloseable {
  private static final Duration AFTER_ASKING = Duration.ofSeconds(5);
  private static final Duration AFTER_KILLING = Duration.ofSeconds(5);

  private final SweepPlan plan;
  private final int parallel;
  private final SweepTerminal terminal;
  private final Deque<SweepRun> waiting = new ArrayDeque<>();
  private final Set<RunProcess> running = new LinkedHashSet<>();

  /** Steps and ends of processes, handled one after the other. */
  private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();

  private final Map<SweepRun, String> failures = new HashMap<>();
  private boolean metricKnown;
  private boolean stopping;
  private Optional<ConfigException> wrongMetric = Optional.empty();

  SweepRunner(SweepPlan plan, int parallel, SweepTerminal terminal) {
    this.plan = plan;
    this.parallel = parallel;
    this.terminal = terminal;
  }

  /**
   * Runs what has not finished.
   *
   * @return the result of all runs
   * @throws ConfigException when a run shows that there is no such metric; all processes have ended
   */
  SweepResult run() throws InterruptedException {
    SweepResult before = result();
    for (RunResult run : inOrder(before)) {
      checkMetric(run, run.isFinished());
      if (run.isFinished()) {
        terminal.end(run.run().name(), "finished before, " + values(run));
      } else {
        waiting.add(run.run());
      }
    }
    throwIfWrongMetric();
    startWaiting();
    while (isRunning()) {
      events.take().run();
      startWaiting();
    }
    throwIfWrongMetric();
    return result();
  }

  private List<RunResult> inOrder(SweepResult result) {
    Map<SweepRun, RunResult> all = new HashMap<>();
    result.runs().forEach(run -> all.put(run.run(), run));
    List<RunResult> ordered = new ArrayList<>();
    plan.runs().forEach(run -> ordered.add(all.get(run)));
    return ordered;
  }

  private void throwIfWrongMetric() {
    if (wrongMetric.isPresent()) {
      throw wrongMetric.get();
    }
  }

  private synchronized boolean isRunning() {
    return !running.isEmpty();
  }

  private synchronized void startWaiting() {
    while (!stopping && running.size() < parallel && !waiting.isEmpty()) {
      SweepRun run = waiting.remove();
      String how = !run.begun() ? "started" : resumed(read(run));
      RunProcess process = process(run);
      try {
        process.start(code -> events.add(() -> ended(process, code)));
        running.add(process);
        terminal.begin(run.name(), how);
      } catch (IOException | UncheckedIOException e) {
        fail(run, "cannot be started: " + e.getMessage());
      }
    }
  }

  private static String resumed(RunResult run) {
    return run.steps() > 0 ? "resumed, after step " + run.steps() + " of before" : "started again";
  }

  private RunProcess process(SweepRun run) {
    return new RunProcess(
        run,
        line -> {
          terminal.step(run.name(), line);
          events.add(() -> stepped(run));
        },
        line -> terminal.say(run.name() + ": " + line));
  }

  private void stepped(SweepRun run) {
    if (!metricKnown) {
      checkMetric(read(run), false);
    }
  }

  private void ended(RunProcess process, int code) {
    SweepRun run = process.run();
    boolean asked;
    synchronized (this) {
      running.remove(process);
      asked = stopping;
    }
    RunResult result = read(run);
    if (code == 0 && result.isFinished()) {
      terminal.end(run.name(), "finished, " + values(result));
      checkMetric(result, true);
    } else if (asked || result.status().equals("stopped")) {
      terminal.end(run.name(), "stopped after step " + result.steps());
    } else {
      fail(run, process.reason(code));
    }
    try {
      write(result());
    } catch (IOException e) {
      terminal.say("warning: the result cannot be written: " + e.getMessage());
    }
  }

  private void fail(SweepRun run, String reason) {
    failures.put(run, reason);
    terminal.end(run.name(), "FAILED: " + reason + "; log: " + shown(run));
  }

  private static String shown(SweepRun run) {
    return RunFolder.shown(RunProcess.log(run));
  }

  private void checkMetric(RunResult run, boolean finished) {
    if (metricKnown || wrongMetric.isPresent()) {
      return;
    }
    metricKnown = run.names().contains(plan.sweep().options().metric());
    wrongMetric = MetricNames.problem(plan.sweep(), run.names(), finished);
    if (wrongMetric.isPresent()) {
      stop();
    }
  }

  private String values(RunResult run) {
    String metric = plan.sweep().options().metric();
    return metric
        + " "
        + SweepResult.number(run.first())
        + " -> "
        + SweepResult.number(run.value());
  }

  private RunResult read(SweepRun run) {
    return RunResult.read(
        run, plan.sweep().options().metric(), Optional.empty(), OpenJournals.now());
  }

  private SweepResult result() {
    return SweepResult.read(plan, failures);
  }

  /** Writes the result so far. */
  static void write(SweepResult result) throws IOException {
    SweepJson.write(result);
    SweepPage.write(result);
  }

  /** Lets all runs finish their step and save, and starts no more. */
  synchronized void stop() {
    stopping = true;
    running.forEach(RunProcess::ask);
  }

  /** Kills all processes. */
  synchronized void kill() {
    stopping = true;
    running.forEach(RunProcess::kill);
  }

  /** Ends the processes that run after a failure of this one. */
  @Override
  public synchronized void close() {
    stop();
    for (RunProcess process : running) {
      if (!process.ended(AFTER_ASKING)) {
        process.kill();
        process.ended(AFTER_KILLING);
      }
    }
  }
}
