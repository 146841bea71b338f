package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Receive;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.waiting.Diagnosis;
import dev.kelpie.experience.waiting.Situation;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Reports a run that makes no progress, with who waits for whom. */
final class Watchdog extends AbstractBehavior<Watchdog.Command> {
  private final ActorRef<Coordinator.Command> coordinator;
  private final ActorRef<MetricsHub.Command> hub;
  private final Duration stallAfter;
  private final ActivityReporter activity;
  private final InstantSource time;
  private Instant answered;
  private Instant reported = Instant.MIN;

  sealed interface Command extends LocalMessage {}

  /** The coordinator's account of who waits for whom. */
  record Waits(Situation situation) implements Command {
    @Override
    public String sender() {
      return ActorNames.COORDINATOR;
    }
  }

  private record Tick() implements Command {}

  private Watchdog(
      ActorContext<Command> context,
      ActorRef<Coordinator.Command> coordinator,
      ActorRef<MetricsHub.Command> hub,
      ActivityReporter activity,
      Duration stallAfter,
      InstantSource time) {
    super(context);
    this.coordinator = coordinator;
    this.hub = hub;
    this.activity = activity;
    this.stallAfter = stallAfter;
    this.time = time;
    this.answered = time.instant();
    activity.report(Activity.WATCHING, "watching progress");
  }

  static Behavior<Command> create(
      ActorRef<Coordinator.Command> coordinator,
      ActorRef<MetricsHub.Command> hub,
      ActivityReporter activity,
      Duration stallAfter,
      InstantSource time) {
    return Ticks.every(
        stallAfter.dividedBy(4),
        new Tick(),
        context -> new Watchdog(context, coordinator, hub, activity, stallAfter, time));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Tick.class, this::onTick)
        .onMessage(Waits.class, this::onWaits)
        .build();
  }

  private Behavior<Command> onTick(Tick tick) {
    Instant now = time.instant();
    if (answered.plus(stallAfter).isBefore(now)) {
      warn(
          noProgress(answered, now)
              + "watchdog waits for an answer of the coordinator since "
              + Diagnosis.seconds(answered, now));
    }
    coordinator.tell(new Coordinator.WhoWaits(getContext().getSelf()));
    return this;
  }

  private Behavior<Command> onWaits(Waits waits) {
    Instant now = time.instant();
    answered = now;
    Situation situation = waits.situation();
    Instant progress = situation.lastProgress();
    boolean paused = situation.phase() == RunPhase.PAUSED;
    boolean stalled = !paused && progress.plus(stallAfter).isBefore(now);
    if (stalled) {
      activity.report(Activity.MISSING, "no progress of the run");
    } else {
      activity.report(Activity.WATCHING, "watching progress");
    }
    // A stall is reported once, and again only after progress in between.
    if (stalled && reported.isBefore(progress)) {
      reported = now;
      warn(noProgress(progress, now) + Diagnosis.of(situation, now).line(now));
    }
    return this;
  }

  private static String noProgress(Instant since, Instant now) {
    return "no progress for " + Diagnosis.seconds(since, now) + ": ";
  }

  private void warn(String text) {
    hub.tell(new MetricsHub.Happened(RunEvent.Level.WARNING, ActorNames.WATCHDOG, text));
  }
}
