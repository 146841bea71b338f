package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Progress;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reports to the {@link MetricsHub} what people see of the run, and remembers its progress. */
final class RunReporter {
  private final ActorRef<MetricsHub.Command> hub;
  private final long steps;
  private final InstantSource time;
  private final Map<String, Double> lastTokens = new HashMap<>();
  private Instant lastProgress;
  private RunPhase phase = RunPhase.STARTING;
  private long committed = -1;
  private Instant since = Instant.now();

  /**
   * @param steps steps of the run
   * @param time the clock of the run's progress
   */
  RunReporter(ActorRef<MetricsHub.Command> hub, long steps, InstantSource time) {
    this.hub = hub;
    this.steps = steps;
    this.time = time;
    this.lastProgress = time.instant();
  }

  /** Phase and step of the run; reported when one of them changes. */
  void phase(RunPhase now, long step) {
    if (now != phase) {
      since = Instant.now();
    } else if (step == committed) {
      return;
    }
    phase = now;
    committed = step;
    hub.tell(new MetricsHub.ProgressChanged(new Progress(now, step, steps)));
  }

  /** The run has got on: results came, or somebody asked for something. */
  void markProgress() {
    lastProgress = time.instant();
  }

  Instant lastProgress() {
    return lastProgress;
  }

  /** An event that is reported to people. */
  void event(RunEvent.Level level, String text) {
    hub.tell(new MetricsHub.Happened(level, ActorNames.COORDINATOR, text));
  }

  void info(String text) {
    event(RunEvent.Level.INFO, text);
  }

  void warn(String text) {
    event(RunEvent.Level.WARNING, text);
  }

  /** Numbers of a step. */
  void numbers(StepMetrics metrics) {
    hub.tell(new MetricsHub.Numbers(metrics));
  }

  /** States and traffic of a node's actors; a worker that draws tokens is progress. */
  void states(List<ActorState> states, List<Link> links) {
    hub.tell(new MetricsHub.States(states, links));
    for (ActorState state : states) {
      Double tokens = state.numbers().get("tokens");
      if (tokens != null && !tokens.equals(lastTokens.put(state.name(), tokens))) {
        markProgress();
      }
    }
  }

  void nodeGone(String node) {
    hub.tell(new MetricsHub.NodeGone(node));
  }

  /** The ledger's counts of training samples. */
  void counted(Map<String, Long> counts) {
    hub.tell(new MetricsHub.Counted(counts));
  }

  /** The coordinator's own state. */
  void self(String node, Map<String, Double> numbers) {
    String step = Math.min(steps, committed + 1) + " of " + steps;
    String doing = phase == RunPhase.TRAINING ? "leading step " + step : "leading: " + phase.word();
    hub.tell(
        new MetricsHub.States(
            List.of(
                new ActorState(
                    ActorNames.COORDINATOR,
                    node,
                    ActorNames.COORDINATOR,
                    Activity.LEADING,
                    doing,
                    since,
                    committed,
                    numbers)),
            List.of()));
  }
}
