package dev.kelpie.algorithms.loss;

/** Whether a ratio belongs to a token or to its whole response. */
public enum RatioLevel {
  TOKEN,
  SEQUENCE
}
