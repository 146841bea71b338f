package dev.kelpie.actors.tls;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Extension;
import akka.actor.typed.ExtensionId;
import dev.kelpie.experience.waiting.Situation;
import java.time.Instant;
import java.util.Optional;

/** The last certificate of another process that an actor system has refused. */
public final class RefusedCertificates implements Extension {
  private static final ExtensionId<RefusedCertificates> ID =
      new ExtensionId<>() {
        @Override
        public RefusedCertificates createExtension(ActorSystem<?> system) {
          return new RefusedCertificates();
        }
      };

  private volatile Optional<Situation.Refusal> last = Optional.empty();

  private RefusedCertificates() {}

  /** Those of an actor system. */
  public static RefusedCertificates of(ActorSystem<?> system) {
    return ID.apply(system);
  }

  /** A certificate was refused now. */
  void refused(String reason) {
    last = Optional.of(new Situation.Refusal(Instant.now(), reason));
  }

  /** The last one, if any was. */
  public Optional<Situation.Refusal> last() {
    return last;
  }
}
