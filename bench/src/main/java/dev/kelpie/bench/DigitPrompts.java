package dev.kelpie.bench;

import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.Tokenizer;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Prompts of random decimal digits, one token each, as the peers' benchmark scripts draw them. The
 * source never ends and any position can be drawn by itself.
 */
final class DigitPrompts implements PromptSource {
  private final int length;
  private final long seed;
  private final int[] digitIds = new int[10];

  /**
   * Draws digits.
   *
   * @param tokenizer must encode each digit as one token
   * @param length tokens per prompt
   * @param seed of the digits
   */
  DigitPrompts(Tokenizer tokenizer, int length, long seed) {
    this.length = length;
    this.seed = seed;
    for (int digit = 0; digit < 10; digit++) {
      TokenIds ids = tokenizer.encode(Integer.toString(digit), false);
      if (ids.length() != 1) {
        throw new IllegalArgumentException(
            "digit " + digit + " is " + ids.length() + " tokens (expected: 1 token per digit)");
      }
      digitIds[digit] = ids.get(0);
    }
  }

  @Override
  public long size() {
    return Long.MAX_VALUE;
  }

  @Override
  public Prompt at(long position) {
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + position);
    StringBuilder text = new StringBuilder();
    int[] ids = new int[length];
    for (int i = 0; i < length; i++) {
      int digit = random.nextInt(10);
      text.append(digit);
      ids[i] = digitIds[digit];
    }
    return new Prompt(
        "digits-" + position, text.toString(), TokenIds.of(ids), Optional.empty(), Map.of());
  }
}
