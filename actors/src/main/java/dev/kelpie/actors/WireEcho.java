package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.typed.Cluster;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures round trips of control messages between two processes: a heartbeat and its
 * acknowledgement, through the serializer and transport of every run.
 */
public final class WireEcho implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final ActorSystem<?> system;
  private final Queue<Long> roundTripNanos;

  private WireEcho(ActorSystem<?> system, Queue<Long> roundTripNanos) {
    this.system = system;
    this.roundTripNanos = roundTripNanos;
  }

  /** Starts the side that answers heartbeats. */
  public static WireEcho answering() {
    Behavior<Coordinator.Command> echo =
        Behaviors.receiveMessage(
            message -> {
              if (message instanceof Coordinator.Heartbeat beat) {
                beat.replyTo().tell(new HeartbeatSender.HeartbeatAck());
              }
              return Behaviors.same();
            });
    return new WireEcho(system(echo), new ConcurrentLinkedQueue<>());
  }

  /** HOST:PORT of this side. */
  public String address() {
    var own = Cluster.get(system).selfMember().address();
    return own.host().get() + ":" + own.port().get();
  }

  /**
   * Sends {@code count} messages to the answering side at {@code address}, {@code perSecond} a
   * second.
   *
   * @return the times of the round trips in seconds, in the order of sending
   * @throws IllegalStateException when answers are missing
   */
  public static List<Double> roundTrips(String address, int perSecond, int count) {
    Queue<Long> sent = new ConcurrentLinkedQueue<>();
    Queue<Long> took = new ConcurrentLinkedQueue<>();
    Behavior<HeartbeatSender.Command> asker =
        Behaviors.receiveMessage(
            message -> {
              Long start = sent.poll();
              if (start != null) {
                took.add(System.nanoTime() - start);
              }
              return Behaviors.same();
            });
    ActorSystem<HeartbeatSender.Command> system = system(asker);
    try (WireEcho echo = new WireEcho(system, took)) {
      ActorRef<Coordinator.Command> other =
          ActorRefResolver.get(system)
              .resolveActorRef("akka://" + RunNode.SYSTEM + "@" + address + "/user");
      Coordinator.Heartbeat beat =
          new Coordinator.Heartbeat(echo.address(), List.of(), List.of(), system);
      // Until the connection is made messages wait in a bounded queue.
      sent.add(System.nanoTime());
      other.tell(beat);
      echo.await(1);
      took.clear();
      long begin = System.nanoTime();
      for (int i = 0; i < count; i++) {
        parkUntil(begin + i * 1_000_000_000L / perSecond);
        sent.add(System.nanoTime());
        other.tell(beat);
      }
      return echo.await(count);
    }
  }

  private List<Double> await(int count) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (roundTripNanos.size() < count) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            roundTripNanos.size() + " answers to " + count + " messages");
      }
      parkUntil(System.nanoTime() + Duration.ofMillis(10).toNanos());
    }
    List<Double> seconds = new ArrayList<>();
    roundTripNanos.forEach(nanos -> seconds.add(nanos / 1e9));
    return seconds;
  }

  private static void parkUntil(long nanos) {
    long left = nanos - System.nanoTime();
    while (left > 0) {
      LockSupport.parkNanos(left);
      left = nanos - System.nanoTime();
    }
  }

  private static <T> ActorSystem<T> system(Behavior<T> guardian) {
    Map<String, Object> own =
        Map.of(
            "akka.remote.artery.canonical.hostname",
            "127.0.0.1",
            "akka.remote.artery.canonical.port",
            0);
    return ActorSystem.create(
        guardian,
        RunNode.SYSTEM,
        ConfigFactory.parseMap(own)
            .withFallback(ConfigFactory.parseResources("kelpie-actors.conf"))
            .withFallback(ConfigFactory.defaultReference())
            .resolve());
  }

  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }
}
