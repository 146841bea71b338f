package dev.kelpie.actors;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.time.Duration;
import java.util.function.Function;

/** Actors that receive a message of their own again and again. */
final class Ticks {
  private Ticks() {}

  /** The behavior of an actor that receives {@code tick} whenever {@code pause} has passed. */
  static <C> Behavior<C> every(
      Duration pause, C tick, Function<ActorContext<C>, Behavior<C>> actor) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(tick, pause);
                  return actor.apply(context);
                }));
  }
}
