package dev.kelpie.rewards;

/** A response that a reward cannot judge. The message is one line for people. */
public final class RewardException extends Exception {
  private static final long serialVersionUID = 1L;

  public RewardException(String message) {
    super(message);
  }
}
