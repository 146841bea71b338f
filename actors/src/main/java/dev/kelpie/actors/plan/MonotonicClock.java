package dev.kelpie.actors.plan;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * A clock that never jumps: it reads the wall clock once and counts nanoseconds from then on.
 * Timeouts use it; the wall clock itself only stamps what people read.
 */
public final class MonotonicClock implements InstantSource {
  private final Instant start;
  private final LongSupplier nanos;
  private final long startNanos;

  /** Reads {@code wall} now, and {@code nanos} from now on. */
  public MonotonicClock(InstantSource wall, LongSupplier nanos) {
    this.start = wall.instant();
    this.nanos = nanos;
    this.startNanos = nanos.getAsLong();
  }

  @Override
  public Instant instant() {
    return start.plusNanos(nanos.getAsLong() - startNanos);
  }
}
