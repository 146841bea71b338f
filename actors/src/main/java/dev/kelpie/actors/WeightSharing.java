package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.wire.broadcast.Broadcast;
import dev.kelpie.wire.broadcast.Holders;
import dev.kelpie.wire.broadcast.Holding;
import java.util.function.Consumer;

/**
 * Announces to the coordinator which parts of published weights this process has downloaded, and
 * passes on to its downloads which parts others have. The weights go from process to process; only
 * addresses and byte ranges are in messages. Its end, when the coordinator is gone, ends the
 * downloads: of a learner that was killed they would wait in vain, and work for the next one with
 * them.
 */
public final class WeightSharing extends AbstractBehavior<WeightSharing.Command> {
  private final Broadcast broadcast;
  private final Consumer<Holding> listener;

  sealed interface Command {}

  /** Who holds parts of a file that this process downloads. */
  record Heard(Holders holders) implements Command, FromCoordinator {}

  /**
   * What a process holds of published weights; to the coordinator.
   *
   * @param node host and port of the process's actor system
   * @param address is told of others who hold parts of the same file
   */
  record Announced(String node, Holding holding, ActorRef<Command> address)
      implements Coordinator.Command, WireMessage {
    @Override
    public String sender() {
      return ActorNames.of(ActorNames.WEIGHTS, node);
    }
  }

  private WeightSharing(
      ActorContext<Command> context,
      String node,
      Broadcast broadcast,
      ActorRef<Coordinator.Command> coordinator) {
    super(context);
    ActorRef<Command> self = context.getSelf();
    this.broadcast = broadcast;
    this.listener = holding -> coordinator.tell(new Announced(node, holding, self));
    broadcast.announceTo(listener);
  }

  /**
   * @param node host and port of the actor system
   */
  static Behavior<Command> create(
      String node, Broadcast broadcast, ActorRef<Coordinator.Command> coordinator) {
    return Behaviors.setup(context -> new WeightSharing(context, node, broadcast, coordinator));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Heard.class, this::onHeard)
        .onSignal(PostStop.class, this::onPostStop)
        .build();
  }

  private Behavior<Command> onHeard(Heard heard) {
    broadcast.heard(heard.holders());
    return this;
  }

  private Behavior<Command> onPostStop(PostStop signal) {
    broadcast.forgetListener(listener);
    return this;
  }
}
