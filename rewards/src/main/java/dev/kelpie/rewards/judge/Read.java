package dev.kelpie.rewards.judge;

/** How a judge's verdict is read. */
public enum Read {
  /** The last number of the answer. */
  NUMBER,
  /** The choice that the answer ends with. */
  VERDICT,
  /** The probabilities of the choices as first token of the answer. */
  LOGPROB
}
