package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Progress;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What the coordinator lets people know of the run, by way of the {@link MetricsHub}. */
final class RunReporter {
  private final ActorRef<MetricsHub.Command> hub;
  private final long steps;
  private String phase = "";
  private Instant since = Instant.now();

  /**
   * @param steps steps of the run
   */
  RunReporter(ActorRef<MetricsHub.Command> hub, long steps) {
    this.hub = hub;
    this.steps = steps;
  }

  /** Where the run stands. */
  void stands(String now, long committed) {
    if (!now.equals(phase)) {
      phase = now;
      since = Instant.now();
    }
    hub.tell(new MetricsHub.Stands(new Progress(now, committed, steps)));
  }

  /** Something worth telling a person. */
  void tell(RunEvent.Level level, String text) {
    hub.tell(new MetricsHub.Happened(level, ActorNames.COORDINATOR, text));
  }

  void info(String text) {
    tell(RunEvent.Level.INFO, text);
  }

  void warn(String text) {
    tell(RunEvent.Level.WARNING, text);
  }

  /** Numbers of a step. */
  void numbers(StepMetrics metrics) {
    hub.tell(new MetricsHub.Numbers(metrics));
  }

  /** What the actors of a node do and have received. */
  void states(List<ActorState> states, List<Link> links) {
    hub.tell(new MetricsHub.States(states, links));
  }

  void nodeGone(String node) {
    hub.tell(new MetricsHub.NodeGone(node));
  }

  /** The ledger's counts of training samples. */
  void counted(Map<String, Long> counts) {
    hub.tell(new MetricsHub.Counted(counts));
  }

  /** The coordinator's account of itself. */
  void self(String node, long committed, Map<String, Double> numbers) {
    String step = Math.min(steps, committed + 1) + " of " + steps;
    String doing = phase.equals("training") ? "leading step " + step : "leading: " + phase;
    hub.tell(
        new MetricsHub.States(
            List.of(
                new ActorState(
                    ActorNames.COORDINATOR,
                    node,
                    ActorNames.COORDINATOR,
                    doing,
                    since,
                    committed,
                    numbers)),
            List.of()));
  }
}
