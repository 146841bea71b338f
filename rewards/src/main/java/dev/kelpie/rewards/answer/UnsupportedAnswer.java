package dev.kelpie.rewards.answer;

/** An answer in one of the forms that {@code docs/answers.md} lists as unsupported. */
public final class UnsupportedAnswer extends UnreadableAnswer {
  private static final long serialVersionUID = 1L;

  UnsupportedAnswer(String message) {
    super(message);
  }
}
