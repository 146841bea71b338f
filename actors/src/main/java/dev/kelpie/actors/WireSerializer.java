package dev.kelpie.actors;

import akka.actor.ExtendedActorSystem;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.ActorSystem;
import akka.serialization.SerializerWithStringManifest;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.NotSerializableException;

/**
 * The one serializer of Kelpie's messages: Protobuf, for the messages that {@link WireTable} lists
 * and no others.
 */
public final class WireSerializer extends SerializerWithStringManifest {
  private static final int IDENTIFIER = 7_317;

  private final ExtendedActorSystem system;
  // Made on first use: while the serializer is made, its actor system is not complete.
  private volatile WireTable table;

  /** Called by Akka. */
  @SuppressWarnings("NullAway.Init")
  public WireSerializer(ExtendedActorSystem system) {
    this.system = system;
  }

  private WireTable table() {
    WireTable known = table;
    if (known == null) {
      known = WireForms.table(ActorRefResolver.get(ActorSystem.wrap(system)));
      table = known;
    }
    return known;
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    return table().manifest(message);
  }

  @Override
  public byte[] toBinary(Object message) {
    return table().write(message);
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    try {
      return table().read(manifest, bytes);
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw new NotSerializableException(manifest + ": " + e.getMessage());
    }
  }
}
