package dev.kelpie.rewards.answer;

/** An answer that is not there, cut off, or no mathematics. The message is one line for people. */
public class UnreadableAnswer extends Exception {
  private static final long serialVersionUID = 1L;

  UnreadableAnswer(String message) {
    super(message, null, false, false);
  }
}
