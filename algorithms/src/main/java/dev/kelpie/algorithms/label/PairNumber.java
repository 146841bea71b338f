package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.RowPair;

/** A number of a pair: the weight of its loss, or the margin that the loss demands. */
@FunctionalInterface
public interface PairNumber {
  /**
   * The number of {@code pair}.
   *
   * @param probability that the chosen response is better, as its label says
   */
  double of(RowPair pair, double probability);
}
