package dev.kelpie.learner.scoring;

import dev.kelpie.config.Require;
import java.util.OptionalLong;
import java.util.function.LongPredicate;

/**
 * Places of records by 64 bits of their keys, in 16 bytes each, half of them free. Records whose
 * bits are the same are told apart by reading them.
 */
final class KeyIndex {
  private static final int FIRST_SLOTS = 1 << 10;
  private static final int SLOT_BYTES = 2 * Long.BYTES;
  private static final int HEAP_SHARE = 16;

  private final int mostSlots;
  private long[] bits;
  private long[] places; // 0: free
  private int size;

  /**
   * An empty index.
   *
   * @param mostSlots limit of its growth, a power of two; it holds half as many places
   */
  KeyIndex(int mostSlots) {
    Require.that(
        Integer.bitCount(mostSlots) == 1, "slots: %s (expected: a power of two)", mostSlots);
    this.mostSlots = mostSlots;
    this.bits = new long[Math.min(FIRST_SLOTS, mostSlots)];
    this.places = new long[bits.length];
  }

  /** An empty index that takes at most a sixteenth of the heap: 2 M places of a heap of 1 GiB. */
  static KeyIndex ofHeap() {
    long slots = Runtime.getRuntime().maxMemory() / HEAP_SHARE / SLOT_BYTES;
    return new KeyIndex((int) Math.min(1 << 28, Math.max(FIRST_SLOTS, Long.highestOneBit(slots))));
  }

  /** Number of places. */
  int size() {
    return size;
  }

  /** Whether a place more is held. */
  boolean hasRoom() {
    return 2L * (size + 1) <= mostSlots;
  }

  /**
   * Adds a place, unless there is no room.
   *
   * @param place above 0
   */
  void add(long key, long place) {
    if (!hasRoom()) {
      return;
    }
    if (2 * (size + 1) > bits.length) {
      enlarge();
    }
    put(key, place);
    size++;
  }

  /** The first place with this key that {@code same} confirms. */
  OptionalLong find(long key, LongPredicate same) {
    for (int slot = first(key); places[slot] != 0; slot = next(slot)) {
      if (bits[slot] == key && same.test(places[slot])) {
        return OptionalLong.of(places[slot]);
      }
    }
    return OptionalLong.empty();
  }

  private void enlarge() {
    long[] oldBits = bits;
    long[] oldPlaces = places;
    bits = new long[2 * oldBits.length];
    places = new long[bits.length];
    for (int slot = 0; slot < oldBits.length; slot++) {
      if (oldPlaces[slot] != 0) {
        put(oldBits[slot], oldPlaces[slot]);
      }
    }
  }

  private void put(long key, long place) {
    int slot = first(key);
    while (places[slot] != 0) {
      slot = next(slot);
    }
    bits[slot] = key;
    places[slot] = place;
  }

  private int first(long key) {
    return (int) key & (bits.length - 1);
  }

  private int next(int slot) {
    return (slot + 1) & (bits.length - 1);
  }
}
