package dev.kelpie.actors.systems;

import akka.actor.typed.ActorSystem;
import akka.remote.RemoteActorRefProvider;
import akka.remote.artery.ArteryTransport;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of an actor system's connections. Artery waits until all its streams have completed,
 * however long that takes, and a stream to a process that was killed or to a host that was cut off
 * may complete only when the kernel gives its connection up, after minutes. The actor system does
 * not terminate until then.
 *
 * @see <a href="https://github.com/akka/akka-core/issues/30326">akka-core issue 30326</a>
 */
public final class TransportEnd {
  private static final Logger LOG = LoggerFactory.getLogger(TransportEnd.class);

  private TransportEnd() {}

  /**
   * Stops the streams of a terminating actor system that has not come to its end within a time.
   * Returns at once.
   *
   * @param system whose guardian has stopped, so that nobody is left to whom a message matters
   */
  public static void within(Duration time, ActorSystem<?> system) {
    CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> stopStreams(system, time));
  }

  private static void stopStreams(ActorSystem<?> system, Duration time) {
    if (system.getWhenTerminated().toCompletableFuture().isDone()) {
      return;
    }
    if (system.classicSystem().provider() instanceof RemoteActorRefProvider remote
        && remote.transport() instanceof ArteryTransport artery) {
      LOG.warn(
          "connections were still open {} ms after the last actor; closing them", time.toMillis());
      artery.materializer().shutdown();
      artery.controlMaterializer().shutdown();
    }
  }
}
