package dev.kelpie.actors;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The allow-list of the wire: each message's name, class and Protobuf form. */
final class WireTable {
  private final Map<String, Entry<?, ?>> byManifest = new HashMap<>();
  private final Map<Class<?>, Entry<?, ?>> byClass = new HashMap<>();

  private record Entry<T, P extends Message>(
      String manifest, Class<T> type, Parser<P> parser, Function<T, P> write, Function<P, T> read) {
    byte[] bytes(Object message) {
      return write.apply(type.cast(message)).toByteArray();
    }

    T message(byte[] bytes) throws InvalidProtocolBufferException {
      return read.apply(parser.parseFrom(bytes));
    }
  }

  /** The classes that may cross. */
  Set<Class<?>> types() {
    return Set.copyOf(byClass.keySet());
  }

  String manifest(Object message) {
    return entry(message).manifest();
  }

  byte[] write(Object message) {
    return entry(message).bytes(message);
  }

  Object read(String manifest, byte[] bytes) throws InvalidProtocolBufferException {
    Entry<?, ?> entry = byManifest.get(manifest);
    if (entry == null) {
      throw new IllegalArgumentException(
          "unknown message (expected: one of " + byManifest.keySet() + ")");
    }
    return entry.message(bytes);
  }

  private Entry<?, ?> entry(Object message) {
    Entry<?, ?> entry = byClass.get(message.getClass());
    if (entry == null) {
      throw new IllegalArgumentException(
          message.getClass().getName() + " may not leave its actor system");
    }
    return entry;
  }

  /** Lets a message cross under the name {@code manifest}. */
  <T, P extends Message> void add(
      String manifest, Class<T> type, Parser<P> parser, Function<T, P> write, Function<P, T> read) {
    Entry<T, P> entry = new Entry<>(manifest, type, parser, write, read);
    byManifest.put(manifest, entry);
    byClass.put(type, entry);
  }
}
