package dev.kelpie.cli.cluster;

import dev.kelpie.cli.terminal.ControlGroups;
import dev.kelpie.cli.terminal.UsableMemory;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Names the processes of a cluster that were killed because the container's memory was full. They
 * share the control group of the launcher, whose count of kills grows by one for each.
 */
final class MemoryKills {
  private static final int KILLED = 128 + 9;

  private final LongSupplier count;
  private final long limit;
  private long known;

  /** {@code count}: kills so far; {@code limit}: bytes that all processes have together. */
  MemoryKills(LongSupplier count, long limit) {
    this.count = count;
    this.limit = limit;
    this.known = count.getAsLong();
  }

  /** Watches the control group of this process. */
  static MemoryKills ofThisContainer() {
    return new MemoryKills(ControlGroups.ofThisProcess()::kills, UsableMemory.bytes());
  }

  /** What to change, if the process that ended with {@code code} was killed for want of memory. */
  Optional<String> line(String name, int code) {
    if (code != KILLED || count.getAsLong() <= known) {
      return Optional.empty();
    }
    known++;
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%s: killed: out of memory; all processes together have %d MiB (expected: more memory,"
                + " or less to hold: fewer --rollout-workers, lower learner.token-budget,"
                + " rollout.unit-prompts, -J-Xmx or the model)",
            name,
            limit >> 20));
  }
}
