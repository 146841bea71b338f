package dev.kelpie.model;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Optional;

/**
 * The clock of a chat template, which remembers whether a template has read it. It stands still, so
 * that a prompt is rendered the same as long as the template is open, past midnight too.
 */
final class TemplateClock extends Clock {
  private final Clock clock;
  private volatile boolean read;

  /** A clock that stands at the time of {@code clock}. */
  TemplateClock(Clock clock) {
    this.clock = Clock.fixed(clock.instant(), clock.getZone());
  }

  private TemplateClock(Clock clock, boolean read) {
    this.clock = clock;
    this.read = read;
  }

  /** The date, if a template has asked for it. */
  Optional<LocalDate> dateThatWasRead() {
    return read
        ? Optional.of(LocalDate.ofInstant(clock.instant(), clock.getZone()))
        : Optional.empty();
  }

  @Override
  public Instant instant() {
    read = true;
    return clock.instant();
  }

  @Override
  public ZoneId getZone() {
    return clock.getZone();
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return new TemplateClock(clock.withZone(zone), read);
  }
}
