package dev.kelpie.model.adapter;

import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * The dropout of an adapter's inputs, as the training script takes it.
 *
 * @param probability in [0, 1), rounded to units of 2^-24
 * @param seed of all masks
 */
public record AdapterDropout(double probability, long seed) {
  /** None, as of a model without an adapter. */
  public static final AdapterDropout NONE = new AdapterDropout(0, 0);

  private static final int UNITS = 1 << 24;

  /**
   * The shape of the base with the dropout of a pass behind it.
   *
   * @param mask which mask the inputs are dropped by; empty: no dropout
   */
  public long[] behind(long[] shape, OptionalLong mask) {
    if (probability == 0 || mask.isEmpty()) {
      return LongStream.concat(LongStream.of(shape), LongStream.of(0, 0)).toArray();
    }
    long mixed = new SplittableRandom(seed).nextLong() ^ mask.getAsLong();
    int own = new SplittableRandom(mixed).nextInt() >>> 1;
    LongStream tail = LongStream.of(Math.round(probability * UNITS), own);
    return LongStream.concat(LongStream.of(shape), tail).toArray();
  }
}
