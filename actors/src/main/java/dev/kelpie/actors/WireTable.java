package dev.kelpie.actors;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** The allow-list of the wire: each message's name, class and Protobuf form. */
final class WireTable {
  private final Map<String, Entry<?, ?>> byManifest = new HashMap<>();
  private final Map<Class<?>, Entry<?, ?>> byClass = new HashMap<>();

  private record Entry<T, B extends Message.Builder>(
      String manifest,
      Class<T> type,
      Supplier<B> form,
      BiConsumer<T, B> write,
      Function<B, T> read) {
    byte[] bytes(Object message) {
      B empty = form.get();
      write.accept(type.cast(message), empty);
      return empty.build().toByteArray();
    }

    T message(byte[] bytes) throws InvalidProtocolBufferException {
      B empty = form.get();
      empty.mergeFrom(bytes);
      return read.apply(empty);
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
  <T, B extends Message.Builder> void add(
      String manifest,
      Class<T> type,
      Supplier<B> form,
      BiConsumer<T, B> write,
      Function<B, T> read) {
    Entry<T, B> entry = new Entry<>(manifest, type, form, write, read);
    byManifest.put(manifest, entry);
    byClass.put(type, entry);
  }
}
