package dev.kelpie.learner;

import dev.kelpie.algorithms.label.ResponseLabelRule;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.algorithms.preference.ResponseLoss;

/** The loss of a term: over pairs, over tokens, or over single responses and their labels. */
sealed interface TermLoss {
  /** Whether its rows must have the reference's log-probabilities. */
  boolean needsReference();

  /** Whether it needs more of the reference than log-probabilities of responses. */
  default boolean needsHeldReference() {
    return false;
  }

  /** Whether it needs the KL of the reference over the vocabulary. */
  default boolean usesVocabulary() {
    return false;
  }

  /** Whether all its rows of an update must share a microbatch. */
  default boolean coupled() {
    return false;
  }

  /** A loss over pairs. */
  record OfPairs(PreferenceLoss loss) implements TermLoss {
    @Override
    public boolean needsReference() {
      return loss.needsReference();
    }

    @Override
    public boolean usesVocabulary() {
      return loss.columns().contains(PairColumn.KL_CHOSEN);
    }

    @Override
    public boolean needsHeldReference() {
      return usesVocabulary();
    }

    @Override
    public boolean coupled() {
      return loss.unit() == LossUnit.STEP;
    }
  }

  /** A loss over tokens. */
  record OfTokens(PolicyObjective objective) implements TermLoss {
    @Override
    public boolean needsReference() {
      return objective.needsReference() || objective.loss().needsReference();
    }
  }

  /** A loss over single responses. */
  record OfResponses(ResponseLoss loss, ResponseLabelRule labels) implements TermLoss {
    @Override
    public boolean needsReference() {
      return loss.needsReference();
    }

    @Override
    public boolean needsHeldReference() {
      return loss.couplingRows() == ResponseLoss.CouplingRows.MISMATCHED;
    }
  }
}
