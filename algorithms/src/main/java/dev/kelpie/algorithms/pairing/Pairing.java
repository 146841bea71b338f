package dev.kelpie.algorithms.pairing;

import java.util.List;

/**
 * Proposes pairs of the responses of one group; {@link PairRules} then leaves out those that the
 * experiment does not allow.
 *
 * <p>To add one: a file that implements this, with a nested {@code record Options} and its {@code
 * DEFAULTS} if it takes options, and one line in {@link Pairings}.
 */
public interface Pairing {
  /**
   * The proposed pairs.
   *
   * @param chosen responses that may be chosen, in order of their sample number
   * @param rejected responses that may be rejected, in order of their sample number; often the same
   */
  List<RowPair> pairs(List<Candidate> chosen, List<Candidate> rejected);

  /** Whether pairs are drawn at random from the allowed ones. */
  default boolean random() {
    return false;
  }

  /** Whether both sides of a pair are one response, under two prompts. */
  default boolean ofOneResponse() {
    return false;
  }

  /** Whether each side must be a named member, because nothing else tells the sides apart. */
  default boolean ofMembers() {
    return false;
  }

  /** Whether scores decide which response is the chosen one, so that equal scores make no pair. */
  default boolean byScore() {
    return true;
  }
}
