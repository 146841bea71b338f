package dev.kelpie.algorithms.loss.policy;

/** Where the gradient of a masked surrogate flows. */
public enum SurrogateForm {
  /** Through log pi, with a detached ratio as weight. */
  SCORE,
  /** Through the ratio. */
  RATIO
}
