package dev.kelpie.algorithms.label;

import dev.kelpie.config.Require;

/**
 * What a loss is told of a pair beside its responses.
 *
 * @param probability that the chosen response is really better, in [0, 1]
 * @param weight factor of the pair's loss
 * @param margin what the loss demands of the implicit rewards' difference
 * @param chosenTarget target of the chosen response, for losses by regression
 * @param rejectedTarget target of the rejected response
 */
public record PairLabel(
    double probability, double weight, double margin, double chosenTarget, double rejectedTarget) {
  public PairLabel {
    Require.that(
        probability >= 0 && probability <= 1,
        "label of a pair: probability %s (expected: in [0, 1])",
        probability);
    Require.that(
        Double.isFinite(weight) && Double.isFinite(margin),
        "label of a pair: weight %s, margin %s (expected: finite numbers)",
        weight,
        margin);
  }
}
