package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.Failure;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The setup that every worker of a run needs: its name, its contacts and its threads.
 *
 * @param name unique in the run
 * @param node host and port of its actor system
 * @param coordinator hands out the work
 * @param heartbeats sends the worker's activity to the coordinator
 * @param threads run the blocking work
 */
record WorkerSetup(
    String name,
    String node,
    Role role,
    ActorRef<Coordinator.Command> coordinator,
    ActorRef<HeartbeatSender.Command> heartbeats,
    Executor threads) {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(2);

  /** A behavior that receives {@code askAgain} every two seconds. */
  static <C> Behavior<C> asking(C askAgain, Function<ActorContext<C>, Behavior<C>> worker) {
    return Ticks.every(ASK_AGAIN, askAgain, worker);
  }

  /**
   * The worker as the coordinator knows it, in a new incarnation.
   *
   * @param nativeThreads threads that its work keeps busy
   */
  WorkerPool.Worker newIncarnation(int nativeThreads) {
    return new WorkerPool.Worker(
        name,
        node,
        ThreadLocalRandom.current().nextLong(),
        nativeThreads,
        Runtime.getRuntime().availableProcessors());
  }

  /** Sends a message to the coordinator. */
  void tell(Coordinator.Command message) {
    coordinator.tell(message);
  }

  ActivityReporter reporter() {
    return new ActivityReporter(heartbeats, name, node, role.key());
  }

  /** Does {@code work} on the worker's threads; the worker receives its result or its failure. */
  <C> void run(ActorContext<C> context, Supplier<C> work, Function<Throwable, C> failed) {
    context.pipeToSelf(
        CompletableFuture.supplyAsync(work, threads),
        (result, failure) -> failure == null ? result : failed.apply(Failure.cause(failure)));
  }
}
