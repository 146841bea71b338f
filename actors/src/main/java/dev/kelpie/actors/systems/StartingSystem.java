package dev.kelpie.actors.systems;

import akka.actor.AbstractExtensionId;
import akka.actor.ActorSystem;
import akka.actor.ExtendedActorSystem;
import akka.actor.Extension;
import akka.actor.ExtensionIdProvider;
import akka.actor.setup.Setup;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The actor system while it starts. An exception ends one that cannot start, but an error, such as
 * a lack of memory or a class that does not fit, would leave it running without a reference to it.
 */
public final class StartingSystem extends Setup {
  private static final long MOST_SECONDS = 10;

  private volatile Optional<ActorSystem> system = Optional.empty();

  /** Ends the actor system, if there is one, and waits until its threads end. */
  public void terminate() {
    system.ifPresent(
        started -> {
          started.terminate();
          try {
            started.getWhenTerminated().toCompletableFuture().get(MOST_SECONDS, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (java.util.concurrent.ExecutionException | TimeoutException e) {
            // its threads are daemons
          }
        });
  }

  /** Keeps the reference; the first extension that Akka loads. */
  public static final class Keeper extends AbstractExtensionId<Keeper.Kept>
      implements ExtensionIdProvider {
    /** What Akka stores for the extension; nothing. */
    static final class Kept implements Extension {}

    @Override
    public Keeper lookup() {
      return this;
    }

    @Override
    public Kept createExtension(ExtendedActorSystem system) {
      system
          .settings()
          .setup()
          .get(StartingSystem.class)
          .ifPresent(starting -> starting.system = Optional.of(system));
      return new Kept();
    }
  }
}
