package dev.kelpie.experience.reward;

/** Whether a response is compared with itself when it is compared with its group. */
public enum SelfComparison {
  /** It is, and wins half. */
  HALF,
  /** It is not: only the others count. */
  EXCLUDE
}
