package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RunView.ActorState;
import java.time.Instant;
import java.util.Map;

/** Tells the node's lifeline what an actor is doing. */
final class ActivityReporter {
  private final ActorRef<HeartbeatSender.Command> lifeline;
  private final String name;
  private final String node;
  private final String role;
  private String activity = "";
  private Instant since = Instant.now();
  private long version = -1;
  private Map<String, Double> numbers = Map.of();

  ActivityReporter(
      ActorRef<HeartbeatSender.Command> lifeline, String name, String node, Role role) {
    this(lifeline, name, node, role.key());
  }

  ActivityReporter(
      ActorRef<HeartbeatSender.Command> lifeline, String name, String node, String role) {
    this.lifeline = lifeline;
    this.name = name;
    this.node = node;
    this.role = role;
    now("starting");
  }

  void now(String doing) {
    now(doing, numbers);
  }

  void now(String doing, PolicyVersion holds) {
    version = holds.number();
    now(doing, numbers);
  }

  void now(String doing, PolicyVersion holds, Map<String, Double> counts) {
    version = holds.number();
    now(doing, counts);
  }

  void now(String doing, Map<String, Double> counts) {
    String kind = doing.split(" ", 2)[0];
    if (!kind.equals(activity)) {
      activity = kind;
      since = Instant.now();
    }
    numbers = counts;
    lifeline.tell(
        new HeartbeatSender.Report(
            new ActorState(name, node, role, doing, since, version, counts)));
  }
}
