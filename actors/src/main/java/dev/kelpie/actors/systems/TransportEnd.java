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

  /** Longer than akka.remote.artery.advanced.shutdown-flush-timeout. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(3);

  private TransportEnd() {}

  /**
   * Stops the streams of a terminating actor system that has not come to its end after 3 s. Returns
   * at once.
   *
   * @param system whose guardian has stopped, so that nobody is left to whom a message matters
   */
  public static void hasten(ActorSystem<?> system) {
    CompletableFuture.delayedExecutor(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> stopStreams(system));
  }

  private static void stopStreams(ActorSystem<?> system) {
    if (system.getWhenTerminated().toCompletableFuture().isDone()) {
      return;
    }
    if (system.classicSystem().provider() instanceof RemoteActorRefProvider remote
        && remote.transport() instanceof ArteryTransport artery) {
      LOG.warn(
          "connections were still open {} ms after the last actor; closing them",
          LAST_WORDS.toMillis());
      artery.materializer().shutdown();
      artery.controlMaterializer().shutdown();
    }
  }
}
