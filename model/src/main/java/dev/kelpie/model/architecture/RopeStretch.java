package dev.kelpie.model.architecture;

import java.util.List;

/** Reads the stretches of rotary positions, each from one object of {@code config.json}. */
final class RopeStretch {
  private static final String FACTOR = "factor";
  private static final String ATTENTION = "attention_factor";
  private static final double FAST = 32;
  private static final double SLOW = 1;

  private final ConfigJson rope;
  private final int positions;
  private final int channels;

  /**
   * @param positions of the model
   * @param channels of a head that are rotated
   */
  RopeStretch(ConfigJson rope, int positions, int channels) {
    this.rope = rope;
    this.positions = positions;
    this.channels = channels;
  }

  Rope.Linear linear() {
    return new Rope.Linear(positive(FACTOR));
  }

  Rope.Llama3 llama3(int original) {
    return new Rope.Llama3(
        positive(FACTOR), positive("low_freq_factor"), positive("high_freq_factor"), original);
  }

  /** The pair of channels of base {@code theta} that turns so often within the positions. */
  private double pair(double turns, double theta, int original) {
    return channels * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
  }

  Rope.Yarn yarn(int original, double theta) {
    double factor = rope.isNull(FACTOR) ? (double) positions / original : positive(FACTOR);
    boolean whole = rope.flag("truncate", true);
    double low = pair(orElse("beta_fast", FAST), theta, original);
    double high = pair(orElse("beta_slow", SLOW), theta, original);
    if (!Double.isFinite(low) || !Double.isFinite(high)) {
      throw rope.error("rope_theta", "another one than 1");
    }
    return new Rope.Yarn(
        factor,
        Math.max(0, whole ? Math.floor(low) : low),
        Math.min(channels - 1.0, whole ? Math.ceil(high) : high),
        rope.has(ATTENTION) ? positive(ATTENTION) : yarnAttention(factor));
  }

  private double yarnAttention(double factor) {
    double above = rope.has("mscale") ? rope.number("mscale") : 0;
    double below = rope.has("mscale_all_dim") ? rope.number("mscale_all_dim") : 0;
    double attention =
        above != 0 && below != 0
            ? magnitude(factor, above) / magnitude(factor, below)
            : magnitude(factor, 1);
    if (!(attention > 0) || Double.isInfinite(attention)) {
      throw rope.error("mscale", "one that makes a factor above 0");
    }
    return attention;
  }

  private static double magnitude(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }

  Rope.LongRope longRope(int original) {
    double factor = rope.has(FACTOR) ? positive(FACTOR) : (double) positions / original;
    if (original < 2) {
      throw rope.error("original_max_position_embeddings", "at least 2");
    }
    double attention = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
    factors("long_factor"); // those beyond the original positions
    return new Rope.LongRope(
        factors("short_factor"),
        rope.has(ATTENTION) ? positive(ATTENTION) : attention,
        Math.min(positions, original));
  }

  /** One number above 0 for each pair of channels. */
  List<Double> factors(String key) {
    List<Double> factors = rope.numbers(key);
    if (factors.size() != channels / 2 || factors.stream().anyMatch(factor -> !(factor > 0))) {
      throw rope.error(key, channels / 2 + " numbers above 0, one for each pair of channels");
    }
    return factors;
  }

  /** A number above 0; {@code absent} where it is missing, null or 0, as in transformers. */
  private double orElse(String key, double absent) {
    boolean given = rope.has(key) && rope.number(key) != 0;
    return given ? positive(key) : absent;
  }

  private double positive(String key) {
    double value = rope.number(key);
    if (!(value > 0)) {
      throw rope.error(key, "above 0");
    }
    return value;
  }
}
