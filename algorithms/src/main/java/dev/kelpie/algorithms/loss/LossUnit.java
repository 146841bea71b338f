package dev.kelpie.algorithms.loss;

/** The rows that a loss needs together: microbatches and minibatches may not split them. */
public enum LossUnit {
  /** Each token has a loss of its own; its row stays whole all the same. */
  TOKEN,
  /** All tokens of a response. */
  RESPONSE,
  /** Both responses of a pair. */
  PAIR,
  /** All responses to one prompt. */
  GROUP,
  /** Everything that one optimiser step learns from. */
  STEP
}
