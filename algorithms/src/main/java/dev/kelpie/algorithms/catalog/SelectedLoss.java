package dev.kelpie.algorithms.catalog;

import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.policy.PolicyLoss;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.algorithms.preference.ResponseLoss;

/** A loss of any catalog. */
public sealed interface SelectedLoss {
  /** The rows that the loss needs together. */
  LossUnit unit();

  /** A loss of tokens with advantages. */
  record OfTokens(PolicyLoss loss) implements SelectedLoss {
    @Override
    public LossUnit unit() {
      return loss.unit();
    }
  }

  /** A loss of pairs. */
  record OfPairs(PreferenceLoss loss) implements SelectedLoss {
    @Override
    public LossUnit unit() {
      return loss.unit();
    }
  }

  /** A loss of single responses with labels. */
  record OfResponses(ResponseLoss loss) implements SelectedLoss {
    @Override
    public LossUnit unit() {
      return loss.unit();
    }
  }
}
