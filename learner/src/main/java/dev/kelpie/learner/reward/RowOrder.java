package dev.kelpie.learner.reward;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The endless sequence of passes over rows: each in an order by the seed, or in that of the file
 * with {@code data.shuffle = false}.
 */
public final class RowOrder {
  private final int[] rows;
  private final boolean shuffles;
  private int[] order = {};
  private long orderOf = -1;
  private long orderSeed;

  /** Of {@code rows}, at least one. */
  public RowOrder(int[] rows, boolean shuffles) {
    this.shuffles = shuffles;
    this.rows = Arrays.copyOf(rows, rows.length);
  }

  /** The row at {@code position}, counted from 0. */
  public int at(long position, long seed) {
    long pass = position / rows.length;
    if (pass != orderOf || seed != orderSeed) {
      order = order(pass, seed);
      orderOf = pass;
      orderSeed = seed;
    }
    return order[(int) (position % rows.length)];
  }

  private int[] order(long pass, long seed) {
    int[] shuffled = Arrays.copyOf(rows, rows.length);
    if (!shuffles) {
      return shuffled;
    }
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + pass);
    for (int i = shuffled.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = shuffled[i];
      shuffled[i] = shuffled[j];
      shuffled[j] = swapped;
    }
    return shuffled;
  }
}
