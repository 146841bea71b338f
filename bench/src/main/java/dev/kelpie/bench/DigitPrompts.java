package dev.kelpie.bench;

import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.rng.core.source32.MersenneTwister;

/**
 * Prompts of random decimal digits, one token each: the digits that the benchmark scripts of other
 * frameworks draw, {@code random.seed(seed)} and then {@code random.choice("0123456789")} in
 * Python.
 */
final class DigitPrompts implements PromptSource {
  /** Python's choice of ten takes the highest four bits, and draws again from ten on. */
  private static final int CHOICE_SHIFT = 28;

  private final int length;
  private final MersenneTwister random;
  private final List<Prompt> drawn = new ArrayList<>();
  private final int[] digitIds = new int[10];

  /** Draws {@code length} digits per prompt; each must be one token of {@code tokenizer}. */
  DigitPrompts(Tokenizer tokenizer, int length, int seed) {
    this.length = length;
    this.random = new MersenneTwister(new int[] {seed});
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
  public synchronized Prompt at(long position) {
    while (drawn.size() <= position) {
      drawn.add(draw(drawn.size()));
    }
    return drawn.get(Math.toIntExact(position));
  }

  private Prompt draw(int position) {
    StringBuilder text = new StringBuilder();
    int[] ids = new int[length];
    for (int i = 0; i < length; i++) {
      int digit = digit();
      text.append(digit);
      ids[i] = digitIds[digit];
    }
    return new Prompt(
        "digits-" + position, text.toString(), TokenIds.of(ids), Optional.empty(), Map.of());
  }

  private int digit() {
    int digit = random.next() >>> CHOICE_SHIFT;
    return digit < digitIds.length ? digit : digit();
  }
}
