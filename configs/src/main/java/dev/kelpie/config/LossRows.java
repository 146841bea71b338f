package dev.kelpie.config;

/** The responses that a policy loss and its advantages are over. */
public enum LossRows {
  /** All responses of the step that are part of the loss, whoever wrote them. */
  ALL,
  /** The policy's own samples; terms learn the others. */
  SAMPLED
}
