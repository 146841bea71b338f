package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Waiting;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

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
  private String doing = "";
  private Optional<Waiting> waiting = Optional.empty();

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

  /** The actor has nothing to do until {@code what} comes. */
  void waits(Waiting.Kind kind, String what) {
    begins(Activity.WAITING, "waiting for " + what);
    boolean same = waiting.map(now -> now.kind() == kind && now.what().equals(what)).orElse(false);
    lacks(same ? waiting.orElseThrow() : new Waiting(kind, what, Instant.now()));
  }

  /** The actor's work cannot go on until something comes. */
  void lacks(Waiting what) {
    waiting = Optional.of(what);
    send();
  }

  /** As {@link #waits}, with the version it holds. */
  void waits(Waiting.Kind kind, String what, PolicyVersion holds) {
    version = holds.number();
    waits(kind, what);
  }

  /** As {@link #waits}, with other counts. */
  void waits(Waiting.Kind kind, String what, Map<String, Double> counts) {
    numbers = counts;
    waits(kind, what);
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
    numbers = counts;
    waiting = Optional.empty();
    begins(kind, doing);
    send();
  }

  private void begins(Activity kind, String words) {
    if (kind != activity) {
      activity = kind;
      since = Instant.now();
    }
    doing = words;
  }

  private void send() {
    heartbeats.tell(
        new HeartbeatSender.Report(
            new ActorState(name, node, role, activity, doing, since, version, numbers, waiting)));
  }
}
