package dev.kelpie.actors.systems;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.ClusterSingleton;
import akka.cluster.typed.Join;
import akka.cluster.typed.SingletonActor;
import com.typesafe.config.Config;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A cluster of one actor system that starts a singleton and ends; loads what both need. */
public final class Rehearsal {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Rehearsal() {}

  /**
   * Runs the cluster and waits for its end. One that does not come up is given up: the real one
   * then takes the time that this should have saved.
   *
   * @param config of an actor system with a free port
   */
  public static void run(Config config, String name) {
    ActorSystem<String> system = ActorSystem.create(guardian(), name, config);
    try {
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn("no cluster of its own within {} s", PATIENCE.toSeconds());
      system.terminate();
    } catch (InterruptedException e) {
      system.terminate();
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      LOG.warn("cannot start a cluster of its own", e);
    }
  }

  private static Behavior<String> guardian() {
    return Behaviors.setup(
        context -> {
          Cluster cluster = Cluster.get(context.getSystem());
          cluster.manager().tell(Join.create(cluster.selfMember().address()));
          ClusterSingleton.get(context.getSystem())
              .init(SingletonActor.of(singleton(context.getSelf()), "rehearsal"));
          return Behaviors.receiveMessage(message -> Behaviors.stopped());
        });
  }

  private static Behavior<Object> singleton(ActorRef<String> guardian) {
    return Behaviors.setup(
        context -> {
          guardian.tell("the singleton runs");
          return Behaviors.empty();
        });
  }
}
