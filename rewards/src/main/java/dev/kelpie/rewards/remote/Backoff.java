package dev.kelpie.rewards.remote;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Pauses before a request is repeated: half a second, doubled each time up to 20 seconds, times a
 * factor in [0.5, 1) that the run's seed, the request and the attempt decide. A server's own {@code
 * Retry-After} counts where it is longer.
 */
final class Backoff {
  private static final long FIRST_MILLIS = 500;
  private static final long LONGEST_MILLIS = 20_000;

  private final long seed;

  Backoff(long seed) {
    this.seed = seed;
  }

  /**
   * The pause after an attempt.
   *
   * @param request distinguishes requests, so that they do not come again at the same time
   * @param attempt from 0
   */
  Duration pause(int request, int attempt, Optional<Duration> retryAfter) {
    long whole = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(attempt, 10));
    double factor =
        new SplittableRandom(seed * 31 + request + ((long) attempt << 40)).nextDouble(0.5, 1);
    Duration own = Duration.ofMillis(Math.round(whole * factor));
    return retryAfter.filter(asked -> asked.compareTo(own) > 0).orElse(own);
  }

  /**
   * What a header {@code Retry-After} asks for: seconds, or a date; empty for anything else.
   *
   * @param now the time that a date is compared with
   */
  static Optional<Duration> retryAfter(String header, Instant now) {
    String text = header.strip();
    if (text.matches("\\d{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration left = Duration.between(now, until);
      return Optional.of(left.isNegative() ? Duration.ZERO : left);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
