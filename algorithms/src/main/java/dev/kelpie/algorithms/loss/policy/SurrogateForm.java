package dev.kelpie.algorithms.loss.policy;

/** Path of the gradient of a masked surrogate. */
public enum SurrogateForm {
  /** Through log pi, with a detached ratio as weight. */
  SCORE,
  /** Through the ratio. */
  RATIO
}
