package dev.kelpie.dashboard;

import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import java.util.Locale;

/**
 * Filters of a search for samples.
 *
 * @param leastReward lowest reward; a failed sample has none, so any bound excludes it
 * @param finish finish reason in lower case, or {@code failed}; empty: any
 * @param text text that prompt or response must contain, ignoring case; empty: any
 * @param before continue with groups older than this place
 * @param limit groups on a page
 */
record SampleQuery(
    long firstStep,
    long lastStep,
    double leastReward,
    double mostReward,
    String finish,
    String text,
    Place before,
    int limit) {
  private static final int MOST_GROUPS = 50;

  /** A group of a step's file; the next page starts behind it. */
  record Place(long step, int group) {
    static final Place NEWEST = new Place(Long.MAX_VALUE, -1);

    static Place parse(String text) {
      String[] parts = text.split(":", 2);
      return parts.length < 2
          ? NEWEST
          : new Place(Long.parseLong(parts[0]), Integer.parseInt(parts[1]));
    }

    @Override
    public String toString() {
      return step + ":" + group;
    }
  }

  SampleQuery {
    text = text.toLowerCase(Locale.ROOT);
    limit = Math.max(1, Math.min(limit, MOST_GROUPS));
  }

  /**
   * The query of a request.
   *
   * @throws IllegalArgumentException when a number cannot be parsed
   */
  static SampleQuery of(PageRequest request) {
    Steps steps = steps(request.parameter("step"));
    return new SampleQuery(
        steps.first(),
        steps.last(),
        request.number("min", Double.NEGATIVE_INFINITY),
        request.number("max", Double.POSITIVE_INFINITY),
        request.parameter("finish"),
        request.parameter("text"),
        Place.parse(request.parameter("before")),
        (int) request.number("limit", 8));
  }

  /** A range of steps, both ends included. */
  record Steps(long first, long last) {}

  /**
   * The range that a text such as {@code 12} or {@code 10-20} names; all without one.
   *
   * @throws IllegalArgumentException when it is none
   */
  static Steps steps(String text) {
    String[] range = text.split("-", 2);
    return range[0].isBlank()
        ? new Steps(0, Long.MAX_VALUE)
        : new Steps(step(range[0].strip()), step(range[range.length - 1].strip()));
  }

  private static long step(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "step: " + text + " (expected: a step or a range, such as 12 or 10-20)", e);
    }
  }

  boolean isOpen() {
    return !bounded() && finish.isEmpty() && text.isEmpty();
  }

  private boolean bounded() {
    return leastReward != Double.NEGATIVE_INFINITY || mostReward != Double.POSITIVE_INFINITY;
  }

  boolean accepts(ScoredTrajectory member) {
    return member.reward() >= leastReward
        && member.reward() <= mostReward
        && (finish.isEmpty() || finish.equals(SampleJson.finish(member.trajectory())))
        && contains(member.trajectory());
  }

  /** Whether a response without a reward matches. */
  boolean acceptsFailed(Trajectory trajectory) {
    boolean ended =
        finish.isEmpty() || finish.equals("failed") || finish.equals(SampleJson.finish(trajectory));
    return !bounded() && ended && contains(trajectory);
  }

  private boolean contains(Trajectory trajectory) {
    return text.isEmpty()
        || trajectory.text().toLowerCase(Locale.ROOT).contains(text)
        || trajectory.prompt().text().toLowerCase(Locale.ROOT).contains(text);
  }
}
