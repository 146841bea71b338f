package dev.kelpie.actors;

import dev.kelpie.actors.plan.EvalGate;
import dev.kelpie.actors.plan.OperatorRequests;
import dev.kelpie.actors.plan.PhaseTimer;
import dev.kelpie.actors.plan.RolloutSchedule;
import dev.kelpie.actors.plan.StepMetricsCollector;
import dev.kelpie.actors.plan.UnitTracker;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.remote.Destinations;
import java.util.Optional;
import java.util.function.LongSupplier;

/** The coordinator's part that takes what people, or the gate of a run, ask of it. */
final class OperatorControl {
  private final OperatorRequests requests;
  private final RolloutSchedule schedule;
  private final UnitTracker tracker;
  private final RolloutPipeline samples;
  private final StepMetricsCollector numbers;
  private final RunReporter reporter;
  private final EvalGate gate;
  private Optional<LongSupplier> lastTrained = Optional.empty();
  private boolean stopping;
  private String stopped = "";

  OperatorControl(
      OperatorRequests requests,
      RolloutSchedule schedule,
      UnitTracker tracker,
      RolloutPipeline samples,
      StepMetricsCollector numbers,
      RunReporter reporter,
      EvalGate gate) {
    this.requests = requests;
    this.schedule = schedule;
    this.tracker = tracker;
    this.samples = samples;
    this.numbers = numbers;
    this.reporter = reporter;
    this.gate = gate;
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
    stopping = true;
    endPause();
    boolean early =
        lastTrained.map(last -> schedule.stopAfter(last.getAsLong())).orElseGet(schedule::stop);
    if (early) {
      tracker.dropAfter(schedule.lastStep(), "stop");
    }
  }

  /**
   * Where servers score, which may take long, a stop does not wait for samples of the step under
   * way.
   *
   * @param trained the step that is trained now, else the last one that was
   */
  void stopsAfter(Experiment experiment, LongSupplier trained) {
    lastTrained = Destinations.of(experiment).isEmpty() ? Optional.empty() : Optional.of(trained);
  }

  /** Stops the run, because no further samples can be scored. */
  void exhausted(String why) {
    if (stopped.isEmpty()) {
      stopped = why;
      reporter.warn(why);
      stop();
    }
  }

  /** Why the run stops with samples that cannot be scored; empty if it does not. */
  String stopped() {
    return stopped;
  }

  /** Ends the run after the step that was measured last, if the gate has closed. */
  void applyGate() {
    if (stopping || schedule.evaluating()) {
      return;
    }
    gate.closes()
        .ifPresent(
            why -> {
              if (schedule.stopAfter(schedule.committed())) {
                stopping = true;
                endPause();
                tracker.dropAfter(schedule.lastStep(), "stop");
                gate.close(why);
                reporter.warn("the gate closes after step " + schedule.lastStep() + ": " + why);
              }
            });
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
