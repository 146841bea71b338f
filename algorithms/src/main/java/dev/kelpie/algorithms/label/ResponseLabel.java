package dev.kelpie.algorithms.label;

import dev.kelpie.config.Require;

/**
 * What a loss over single responses is told of one.
 *
 * @param desirable whether it is one to learn rather than one to avoid
 * @param target what the loss moves it to; its meaning is the loss's
 * @param weight factor of its loss
 */
public record ResponseLabel(boolean desirable, double target, double weight) {
  public ResponseLabel {
    Require.that(
        Double.isFinite(target) && Double.isFinite(weight),
        "label of a response: target %s, weight %s (expected: finite numbers)",
        target,
        weight);
  }

  static ResponseLabel of(boolean desirable, double target) {
    return new ResponseLabel(desirable, target, 1);
  }
}
