package dev.kelpie.model.architecture;

import dev.kelpie.config.Require;

/**
 * Bounds of the sizes in {@code config.json}, checked before anything of such a size is allocated.
 * Each is several times what the largest open models have.
 */
final class ModelLimits {
  private static final int VOCABULARY = 1 << 22;
  private static final int WIDTH = 1 << 17;
  private static final int HEADS = 1 << 12;
  private static final int HEAD_SIZE = 1 << 12;
  private static final int INTERMEDIATE = 1 << 20;
  private static final int LABELS = 1 << 16;

  private ModelLimits() {}

  /** Checks all sizes but the number of layers, which readers check before they make lists. */
  static void require(
      int vocabulary, int hidden, int heads, int headSize, int intermediate, int labels) {
    atMost("vocab_size", vocabulary, VOCABULARY);
    atMost("hidden_size", hidden, WIDTH);
    atMost("num_attention_heads", heads, HEADS);
    atMost("head_dim", headSize, HEAD_SIZE);
    atMost("intermediate_size", intermediate, INTERMEDIATE);
    atMost("num_labels", labels, LABELS);
  }

  private static void atMost(String key, int value, int most) {
    Require.that(value <= most, "%s: %s (expected: at most %s)", key, value, most);
  }
}
