package dev.kelpie.actors;

import dev.kelpie.actors.plan.EvalGate;
import dev.kelpie.actors.plan.OperatorRequests;
import dev.kelpie.actors.plan.PhaseTimer;
import dev.kelpie.actors.plan.RolloutSchedule;
import dev.kelpie.actors.plan.StepMetricsCollector;
import dev.kelpie.actors.plan.UnitTracker;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.runs.RunSummary;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The coordinator's part that takes what people, or the gate of a run, ask of it. */
final class OperatorControl {
  private final OperatorRequests requests;
  private final RolloutSchedule schedule;
  private final UnitTracker tracker;
  private final RolloutPipeline samples;
  private final StepMetricsCollector numbers;
  private final RunReporter reporter;
  private final Ending ending;
  private boolean stopping;

  /**
   * What ends a run early.
   *
   * @param asksServers whether rewards ask servers: their scores are not waited for
   * @param begun the last step that is trained or committed
   * @param reason takes why it ends
   */
  record Ending(EvalGate gate, boolean asksServers, LongSupplier begun, Consumer<String> reason) {}

  OperatorControl(
      OperatorRequests requests,
      RolloutSchedule schedule,
      UnitTracker tracker,
      RolloutPipeline samples,
      StepMetricsCollector numbers,
      RunReporter reporter,
      Ending ending) {
    this.requests = requests;
    this.schedule = schedule;
    this.tracker = tracker;
    this.samples = samples;
    this.numbers = numbers;
    this.reporter = reporter;
    this.ending = ending;
  }

  void handle(OperatorRequest request) {
    if (request instanceof OperatorRequest.Stop) {
      stop();
    } else if (request instanceof OperatorRequest.Pause) {
      pause();
    } else if (request instanceof OperatorRequest.Resume) {
      resume();
    } else if (request instanceof OperatorRequest.SaveNow) {
      requests.saveNow();
    } else {
      drain(((OperatorRequest.Drain) request).worker());
    }
  }

  private void stop() {
    if (stopping) {
      return;
    }
    if (ending.asksServers()) {
      stopAfter(ending.begun().getAsLong());
      return;
    }
    stopping = true;
    endPause();
    if (schedule.stop()) {
      tracker.dropAfter(schedule.lastStep(), "stop");
    }
  }

  /**
   * Ends the run after the step that was measured last, if the gate has closed; or after the last
   * one begun, if nothing more can be scored.
   */
  void applyLimits() {
    if (stopping) {
      return;
    }
    Optional<String> exhausted = samples.exhausted();
    if (exhausted.isPresent()) {
      ending.reason().accept(exhausted.get());
      reporter.warn(exhausted.get());
      stopAfter(ending.begun().getAsLong());
    } else if (!schedule.evaluating()) {
      ending.gate().closes().ifPresent(this::close);
    }
  }

  private void close(String why) {
    if (schedule.stopAfter(schedule.committed())) {
      stopping = true;
      endPause();
      tracker.dropAfter(schedule.lastStep(), "stop");
      ending.reason().accept(RunSummary.GATE + why);
      reporter.warn("the gate closes after step " + schedule.lastStep() + ": " + why);
    }
  }

  /** Ends the run after {@code step}, without the samples of a later one that is under way. */
  private void stopAfter(long step) {
    stopping = true;
    endPause();
    if (schedule.stopAfter(step)) {
      tracker.dropAfter(schedule.lastStep(), "stop");
    }
  }

  private void pause() {
    if (!stopping) {
      requests.pause();
    }
  }

  private void resume() {
    endPause();
    reporter.markProgress();
  }

  private void endPause() {
    requests
        .resume(schedule.committed(), System.nanoTime())
        .ifPresent(paused -> numbers.now(PhaseTimer.Phase.PAUSED, paused.toNanos() / 1e9));
  }

  private void drain(String worker) {
    WorkerPool.Draining result = samples.drain(worker);
    requests.drain(worker, result, samples.serving());
  }
}
