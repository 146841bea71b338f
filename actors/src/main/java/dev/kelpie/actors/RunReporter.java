package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.NodeBook;
import dev.kelpie.actors.plan.PoolTasks;
import dev.kelpie.actors.plan.UsualTimes;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Progress;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.waiting.Situation;
import dev.kelpie.experience.waiting.Wait;
import dev.kelpie.experience.waiting.Work;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reports to the {@link MetricsHub} what people see of the run, and remembers its progress, its
 * nodes and how long its work takes.
 */
final class RunReporter {
  private final ActorRef<MetricsHub.Command> hub;
  private final long steps;
  private final Duration stallAfter;
  private final Supplier<Optional<Situation.Refusal>> refused;
  private final InstantSource time;
  private final Map<String, Double> lastTokens = new HashMap<>();
  private final NodeBook nodes = new NodeBook();
  private final UsualTimes times = new UsualTimes();
  private Instant lastProgress;
  private Instant phaseSince;
  private RunPhase phase = RunPhase.STARTING;
  private long committed = -1;
  private Instant since = Instant.now();

  /**
   * @param refused the last certificate that was refused
   * @param time the clock of the run's progress
   */
  RunReporter(
      ActorRef<MetricsHub.Command> hub,
      Experiment experiment,
      Supplier<Optional<Situation.Refusal>> refused,
      InstantSource time) {
    this.hub = hub;
    this.refused = refused;
    this.steps = experiment.run().steps();
    this.stallAfter = experiment.cluster().stallAfter();
    this.time = time;
    this.lastProgress = time.instant();
    this.phaseSince = lastProgress;
  }

  /** Phase and step of the run; reported when one of them changes. */
  void phase(RunPhase now, long step) {
    if (now != phase) {
      since = Instant.now();
      phaseSince = time.instant();
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

  /** When the phase began. */
  Instant phaseSince() {
    return phaseSince;
  }

  /** Work was done once, in so many seconds. */
  void took(Work work, double seconds) {
    times.took(work, seconds);
  }

  /** The situation of the run: who waits for what, and the nodes. */
  Situation situation(List<Wait> waits, PoolTasks tasks, Optional<String> budget) {
    return new Situation(
        time.instant(),
        phase,
        committed,
        lastProgress,
        stallAfter,
        waits,
        nodes.statuses(tasks.byNode()),
        times.usual(),
        budget,
        refused.get());
  }

  void show(Situation situation) {
    hub.tell(new MetricsHub.Waits(situation));
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

  /** A node's heartbeat with its actors' states and traffic; drawing tokens is progress. */
  void heartbeat(String node, List<ActorState> states, List<Link> links) {
    nodes.heartbeat(node, states, time.instant());
    hub.tell(new MetricsHub.States(states, links));
    for (ActorState state : states) {
      Double tokens = state.numbers().get("tokens");
      if (tokens != null && !tokens.equals(lastTokens.put(state.name(), tokens))) {
        markProgress();
      }
    }
  }

  /**
   * A node is lost, or has left.
   *
   * @param drained whether its rollout workers were all drained
   */
  void nodeGone(String node, boolean drained) {
    boolean left = nodes.gone(node, drained, time.instant());
    if (left) {
      info("node " + node + " has left");
    } else {
      warn("node " + node + " is silent; its work goes to others");
    }
    hub.tell(new MetricsHub.NodeGone(node, left));
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
