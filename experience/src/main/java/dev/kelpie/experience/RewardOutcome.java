package dev.kelpie.experience;

/** Result of scoring one response: a score, or the reason why there is none. Failed is not 0. */
public sealed interface RewardOutcome {
  /** The response has a reward. */
  record Scored(Score score) implements RewardOutcome {}

  /** The reward threw, took too long or was not a number. */
  record Failed(String reason) implements RewardOutcome {}
}
