package dev.kelpie.rewards.answer;

/**
 * Counts the work of reading one answer: a step per character that is looked at and per token that
 * is built or parsed. Arithmetic has a budget of its own, in words of 32 bits.
 */
final class Steps {
  private static final long MOST_ARITHMETIC = 4_000_000;

  private long count;
  private long arithmetic;

  void add(long steps) {
    count += steps;
  }

  long count() {
    return count;
  }

  /**
   * Counts an operation on numbers of {@code bits} bits, which takes time of the square of that.
   *
   * @throws UnreadableAnswer when the answer takes too much arithmetic
   */
  void calculate(long bits) throws UnreadableAnswer {
    long words = bits / 32 + 1;
    arithmetic += 1 + words * words / 64;
    if (arithmetic > MOST_ARITHMETIC) {
      throw new UnreadableAnswer("takes too much arithmetic");
    }
  }
}
