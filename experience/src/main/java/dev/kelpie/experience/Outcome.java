package dev.kelpie.experience;

/** What came of scoring one response: a score, or why there is none. Failed is not 0. */
public sealed interface Outcome {
  /** The response has a reward. */
  record Scored(Score score) implements Outcome {}

  /** The reward threw, took too long or was not a number. */
  record Failed(String reason) implements Outcome {}
}
