package dev.kelpie.rollout.rows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.OptionalInt;
import java.util.function.IntPredicate;

/**
 * A set of ids that finds the first one that is there twice. It keeps 64 bits of each id's SHA-256
 * and no text; ids of the same bits are compared by reading both again, so it never errs.
 */
public final class RowIds {
  private static final int RECORD_BYTES = 16;
  private final MessageDigest digest;
  private Records slots = slots(1 << 10);
  private int size;

  /** An empty set. */
  public RowIds() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }

  private static Records slots(long count) {
    Records slots = new Records(RECORD_BYTES);
    slots.grow(count);
    slots.close(); // it grows no further
    return slots;
  }

  /**
   * Adds the id of row {@code row}.
   *
   * @param same whether an earlier row has the same id; it reads that row
   * @return the earlier row that has it, if there is one
   */
  public OptionalInt add(String id, int row, IntPredicate same) {
    long bits = ByteBuffer.wrap(digest.digest(id.getBytes(StandardCharsets.UTF_8))).getLong();
    return add(bits, row, same);
  }

  /** The same for an id of these bits. */
  OptionalInt add(long bits, int row, IntPredicate same) {
    long slot = slotOf(slots, bits);
    for (int other = row(slot); other >= 0; other = row(slot)) {
      if (slots.chunk(slot).getLong(slots.at(slot)) == bits && same.test(other)) {
        return OptionalInt.of(other);
      }
      slot = next(slots, slot);
    }
    put(slots, slot, bits, row);
    size++;
    if (2L * size > slots.size()) {
      enlarge();
    }
    return OptionalInt.empty();
  }

  /** Empty slots have row 0; all others the row and one more. */
  private int row(long slot) {
    return slots.chunk(slot).getInt(slots.at(slot) + 8) - 1;
  }

  private static void put(Records slots, long slot, long bits, int row) {
    slots.chunk(slot).putLong(slots.at(slot), bits).putInt(slots.at(slot) + 8, row + 1);
  }

  private static long slotOf(Records slots, long bits) {
    return bits & (slots.size() - 1);
  }

  private static long next(Records slots, long slot) {
    return (slot + 1) & (slots.size() - 1);
  }

  private void enlarge() {
    Records larger = slots(2 * slots.size());
    for (long slot = 0; slot < slots.size(); slot++) {
      if (row(slot) >= 0) {
        long bits = slots.chunk(slot).getLong(slots.at(slot));
        long free = slotOf(larger, bits);
        while (larger.chunk(free).getInt(larger.at(free) + 8) != 0) {
          free = next(larger, free);
        }
        put(larger, free, bits, row(slot));
      }
    }
    slots = larger;
  }
}
