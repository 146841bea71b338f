package dev.kelpie.experience.waiting;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Why a run is stuck, or that it is not: the chain of who waits for whom, since when, and the
 * likely cause. Its texts have no times, which pass; the links have the moments since when they
 * hold.
 *
 * @param headline one sentence
 * @param since when the state of the headline began
 * @param chain from the end of the run to the actor that everything waits for
 * @param others further actors that are waited for
 * @param notes what else is unusual, though nothing waits for it
 */
public record Diagnosis(
    Level level,
    Cause cause,
    String headline,
    Instant since,
    List<Link> chain,
    List<Link> others,
    List<Link> notes) {
  /** Whether somebody should look. */
  public enum Level {
    /** The run goes on as usual, or has ended. */
    FINE,
    /** It waits because a person asked it to. */
    ASKED,
    /** It waits for longer than usual, and somebody works on it. */
    SLOW,
    /** Nothing happens until something changes. */
    STUCK;

    /** Whether a person should look. */
    public boolean alarms() {
      return this == SLOW || this == STUCK;
    }

    /** The name in JSON. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The likely cause of a wait. */
  public enum Cause {
    NONE("nothing is wrong"),
    PAUSED("paused by request"),
    DRAINED("all workers are drained"),
    NO_WORKER("no worker there"),
    WORKER_SILENT("worker silent"),
    WORKER_FAILED("worker failed"),
    DISK_FULL("disk full"),
    CERTIFICATE_REFUSED("certificate refused"),
    WEIGHTS_MISSING("weights not arriving"),
    RESPONSES_MISSING("responses not arriving"),
    MODEL_OPENING("model not open yet"),
    REWARD_SLOW("reward slow"),
    BUDGET_SPENT("budget spent"),
    SLOW("work takes longer than usual"),
    COORDINATOR_SILENT("coordinator silent");

    private final String words;

    Cause(String words) {
      this.words = words;
    }

    /** The cause in words: "worker silent". */
    public String words() {
      return words;
    }

    /** The name in JSON. */
    public String key() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** An actor, what it does or waits for in words, and since when. */
  public record Link(String actor, String words, Instant since) {}

  public Diagnosis {
    chain = List.copyOf(chain);
    others = List.copyOf(others);
    notes = List.copyOf(notes);
  }

  /** The diagnosis of a situation at {@code now}. */
  public static Diagnosis of(Situation situation, Instant now) {
    return new WaitAnalysis(situation, now).diagnosis();
  }

  /** The headline and the chain in one line, with the time of each link. */
  public String line(Instant now) {
    String links =
        chain.stream()
            .map(
                link -> link.actor() + " " + link.words() + " (" + seconds(link.since(), now) + ")")
            .collect(Collectors.joining(" <- "));
    return links.isEmpty() ? headline : headline + " " + links;
  }

  /** Whole seconds between two moments, in words: "41 s". */
  public static String seconds(Instant from, Instant now) {
    return Math.max(0, Duration.between(from, now).toSeconds()) + " s";
  }
}
