package dev.kelpie.actors.plan;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The line that says which part of a run waits for which, when there is no progress. */
public final class StallReport {
  private StallReport() {}

  /** {@code who} waits for {@code what} since a time. */
  public record Wait(String who, String what, Instant since) {}

  /** One line that names the chain, from the end of the run to whoever does not answer. */
  public static String describe(List<Wait> waits, Instant lastProgress, Instant now) {
    String chain =
        waits.stream()
            .map(
                wait ->
                    String.format(
                        Locale.ROOT,
                        "%s waits for %s since %s",
                        wait.who(),
                        wait.what(),
                        seconds(wait.since(), now)))
            .collect(Collectors.joining("; "));
    String who = chain.isEmpty() ? "nobody waits for anything" : chain;
    return "no progress for " + seconds(lastProgress, now) + ": " + who;
  }

  private static String seconds(Instant from, Instant now) {
    return Math.max(0, Duration.between(from, now).toSeconds()) + " s";
  }
}
