package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.GroupPairs;
import java.util.List;

/**
 * Gives every pair the probability that its chosen response is really better, and targets.
 *
 * <p>To add one: a file that implements this and one line in {@link Labels}.
 */
public interface LabelRule {
  /**
   * Probability and targets of a pair.
   *
   * @param chosen target of the chosen response; 0 where the rule makes none
   * @param rejected target of the rejected response
   */
  record Target(double probability, double chosen, double rejected) {
    static Target of(double probability) {
      return new Target(probability, 0, 0);
    }
  }

  /**
   * The labels of a step: for every group one for each of its pairs, in their order.
   *
   * @param step the groups of the step that have a pair
   */
  List<List<Target>> labels(List<GroupPairs> step);

  /** Names of the models whose log-probabilities of the responses it needs. */
  default List<String> models() {
    return List.of();
  }

  /** Whether the labels depend on scores or on the rewards that they are made of. */
  default boolean readsScores() {
    return true;
  }

  /** Whether the probability says which side is better, so that it may be below 1/2. */
  default boolean namesWinner() {
    return false;
  }

  /** Whether the targets mean something, so that a loss by regression can use them. */
  default boolean makesTargets() {
    return false;
  }
}
