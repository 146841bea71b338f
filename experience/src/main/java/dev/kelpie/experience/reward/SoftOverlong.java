package dev.kelpie.experience.reward;

/**
 * DAPO's soft length penalty, https://arxiv.org/abs/2503.14476, eq. 13, without its sign: 0 up to
 * {@code limit - buffer} tokens, growing linearly to 1 at the limit, 1 beyond.
 */
public final class SoftOverlong {
  private SoftOverlong() {}

  /** The penalty of a response of {@code length} tokens, in [0, 1]; {@code buffer} above 0. */
  public static double penalty(int length, double limit, double buffer) {
    double into = length - (limit - buffer);
    return Math.min(1, Math.max(0, into / buffer));
  }
}
