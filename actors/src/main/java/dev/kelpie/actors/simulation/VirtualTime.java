package dev.kelpie.actors.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * A clock that jumps from event to event. Events at the same moment happen in the order in which
 * they were added, so that a simulation is a function of its seed.
 */
public final class VirtualTime implements InstantSource {
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
  private long now;
  private long order;

  private record Event(long at, long order, Runnable action) {}

  /** Nanoseconds since the simulation began. */
  public long nanos() {
    return now;
  }

  /** Seconds since the simulation began. */
  public double seconds() {
    return now / 1e9;
  }

  @Override
  public Instant instant() {
    return Instant.EPOCH.plusNanos(now);
  }

  /** Has {@code action} happen after {@code seconds}. */
  public void after(double seconds, Runnable action) {
    events.add(new Event(now + Math.max(0, Math.round(seconds * 1e9)), order++, action));
  }

  /** Has {@code action} happen after {@code time}. */
  public void after(Duration time, Runnable action) {
    events.add(new Event(now + time.toNanos(), order++, action));
  }

  /** Lets the next event happen; false when there is none. */
  public boolean next() {
    Event event = events.poll();
    if (event == null) {
      return false;
    }
    now = event.at();
    event.action().run();
    return true;
  }
}
