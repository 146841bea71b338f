package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RunView.ActorState;
import java.time.Instant;
import java.util.Map;

/** Reports what an actor is doing to the heartbeat sender of its node. */
final class ActivityReporter {
  private final ActorRef<HeartbeatSender.Command> heartbeats;
  private final String name;
  private final String node;
  private final String role;
  private Activity activity = Activity.STARTING;
  private Instant since = Instant.now();
  private long version = -1;
  private Map<String, Double> numbers = Map.of();

  ActivityReporter(
      ActorRef<HeartbeatSender.Command> heartbeats, String name, String node, String role) {
    this.heartbeats = heartbeats;
    this.name = name;
    this.node = node;
    this.role = role;
    report(Activity.STARTING, "starting");
  }

  void report(Activity kind, String doing) {
    report(kind, doing, numbers);
  }

  void report(Activity kind, String doing, PolicyVersion holds) {
    version = holds.number();
    report(kind, doing, numbers);
  }

  void report(Activity kind, String doing, PolicyVersion holds, Map<String, Double> counts) {
    version = holds.number();
    report(kind, doing, counts);
  }

  void report(Activity kind, String doing, Map<String, Double> counts) {
    if (kind != activity) {
      activity = kind;
      since = Instant.now();
    }
    numbers = counts;
    heartbeats.tell(
        new HeartbeatSender.Report(
            new ActorState(name, node, role, kind, doing, since, version, counts)));
  }
}
