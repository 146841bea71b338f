package dev.kelpie.experience;

/** What a unit of rollout work is for; part of the counter of its random numbers. */
public enum Purpose {
  /** Samples to train on. */
  ROLLOUT,
  /** Samples to measure held-out reward with; never trained on. */
  EVAL
}
