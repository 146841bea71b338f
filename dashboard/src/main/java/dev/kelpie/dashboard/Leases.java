package dev.kelpie.dashboard;

import dev.kelpie.runs.label.ItemKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Which browser has which item for a while, so that two people are not asked the same unless they
 * are meant to be. In memory only: a server that starts anew knows no leases, and browsers renew
 * theirs.
 */
final class Leases {
  static final Duration LENGTH = Duration.ofMinutes(5);

  private final LongSupplier nanos;
  private final Map<ItemKey, Map<Holder, Long>> until = new HashMap<>();

  /** A page in a browser, and who labels there. */
  record Holder(String labeller, String browser) {}

  /** Leases by a clock in nanoseconds. */
  Leases(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Gives or renews a lease. */
  void take(ItemKey item, Holder holder) {
    until
        .computeIfAbsent(item, key -> new HashMap<>())
        .put(holder, nanos.getAsLong() + LENGTH.toNanos());
  }

  /** Whether a holder has an item. */
  boolean has(ItemKey item, Holder holder) {
    return until.getOrDefault(item, Map.of()).containsKey(holder);
  }

  /** How many others have an item. */
  long others(ItemKey item, Holder holder) {
    Map<Holder, Long> holders = until.getOrDefault(item, Map.of());
    return holders.size() - (holders.containsKey(holder) ? 1 : 0);
  }

  /** Whether the same person has an item in another browser. */
  boolean elsewhere(ItemKey item, Holder holder) {
    return until.getOrDefault(item, Map.of()).keySet().stream()
        .anyMatch(one -> one.labeller().equals(holder.labeller()) && !one.equals(holder));
  }

  /** Ends the leases of an item that a person has. */
  void release(ItemKey item, String labeller) {
    Map<Holder, Long> holders = until.getOrDefault(item, Map.of());
    holders.keySet().removeIf(one -> one.labeller().equals(labeller));
    if (holders.isEmpty()) {
      until.remove(item);
    }
  }

  /** Ends what a browser has under other names of the person before it. */
  void releaseOtherNames(Holder holder) {
    until
        .values()
        .forEach(
            holders ->
                holders
                    .keySet()
                    .removeIf(
                        one -> one.browser().equals(holder.browser()) && !one.equals(holder)));
  }

  /** Drops the leases that have ended. */
  void expire() {
    long now = nanos.getAsLong();
    for (Iterator<Map<Holder, Long>> all = until.values().iterator(); all.hasNext(); ) {
      Map<Holder, Long> holders = all.next();
      holders.values().removeIf(end -> end - now <= 0);
      if (holders.isEmpty()) {
        all.remove();
      }
    }
  }
}
