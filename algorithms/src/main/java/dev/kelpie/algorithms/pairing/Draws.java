package dev.kelpie.algorithms.pairing;

import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random numbers of one group of one step. They depend on seed, step and group alone, so that a
 * resumed run draws the same.
 */
public final class Draws {
  /** What is drawn; each use has numbers of its own. */
  public enum Use {
    SELECTION(0x53656C656374L),
    PAIRING(0x5061697273L);

    private final long salt; // apart from the order of minibatches, too

    Use(long salt) {
      this.salt = salt;
    }
  }

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private final SplittableRandom random;

  private Draws(SplittableRandom random) {
    this.random = random;
  }

  /** The draws of group {@code group} of step {@code step} for one use. */
  public static Draws of(long seed, long step, int group, Use use) {
    return new Draws(
        new SplittableRandom((seed * GOLDEN + step) * GOLDEN + group * 1_000_003L + use.salt));
  }

  /** A number in [0, 1). */
  double next() {
    return random.nextDouble();
  }

  /** Puts {@code list} into a random order. */
  void shuffle(List<?> list) {
    for (int i = list.size() - 1; i > 0; i--) {
      Collections.swap(list, i, random.nextInt(i + 1));
    }
  }
}
