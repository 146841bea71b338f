package dev.kelpie.actors.telemetry;

import akka.actor.ActorRef;
import akka.actor.ExtendedActorSystem;
import akka.remote.artery.RemoteInstrument;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Tells {@link Traffic} of the bytes that cross between actor systems. Akka makes it by its name.
 */
public final class WireMeter extends RemoteInstrument {
  private static final byte IDENTIFIER = 17;

  private final ExtendedActorSystem system;
  // Made on first use: while this is made, its actor system is not complete.
  private volatile @Nullable Traffic traffic;

  /** Called by Akka. */
  public WireMeter(ExtendedActorSystem system) {
    this.system = system;
  }

  private Traffic traffic() {
    Traffic known = traffic;
    if (known == null) {
      known = Traffic.of(system);
      traffic = known;
    }
    return known;
  }

  @Override
  public byte identifier() {
    return IDENTIFIER;
  }

  @Override
  public void remoteMessageSent(
      @Nullable ActorRef recipient,
      Object message,
      @Nullable ActorRef sender,
      int size,
      long time) {
    if (message instanceof HasSender) {
      traffic().left(message, size);
    }
  }

  @Override
  public void remoteMessageReceived(
      @Nullable ActorRef recipient,
      Object message,
      @Nullable ActorRef sender,
      int size,
      long time) {
    if (message instanceof HasSender && recipient != null) {
      traffic().came(recipient.path().name(), message, size);
    }
  }

  @Override
  public void remoteWriteMetadata(
      @Nullable ActorRef recipient, Object message, @Nullable ActorRef sender, ByteBuffer buffer) {
    // nothing is added to messages
  }

  @Override
  public void remoteReadMetadata(
      @Nullable ActorRef recipient, Object message, @Nullable ActorRef sender, ByteBuffer buffer) {
    // nothing was added to messages
  }
}
