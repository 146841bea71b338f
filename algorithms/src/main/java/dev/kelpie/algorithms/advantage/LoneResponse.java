package dev.kelpie.algorithms.advantage;

/** Baseline of a group with one response. */
public enum LoneResponse {
  /** Nothing: its advantage is 0, it teaches nothing (TRL, SkyRL). */
  ZERO,
  /** Mean 0 and deviation 1: its advantage is the raw score (verl). */
  RAW
}
