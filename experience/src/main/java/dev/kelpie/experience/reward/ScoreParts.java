package dev.kelpie.experience.reward;

/** Names of the parts of a score that are not values of rewards. */
public final class ScoreParts {
  /** Before the name of a scorer that is only evaluated; no reward has such a name. */
  public static final String HELD_OUT = "held-out: ";

  /** After the name of such a scorer: 1 where it had no score, else 0. */
  public static final String FAILED = "/failed";

  /** A reward's value before it was normalised by its own past values. */
  public static final String UNSCALED = "unscaled";

  /** Before the number of a sample: the probability to be better than it; no reward's name. */
  public static final String AGAINST = "against: ";

  private ScoreParts() {}
}
