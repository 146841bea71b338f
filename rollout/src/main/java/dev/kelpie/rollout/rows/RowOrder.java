package dev.kelpie.rollout.rows;

import java.util.Optional;

/**
 * The order of the rows in each pass over them: as in the file, or by Fisher-Yates with random
 * numbers that depend on the number of the pass alone.
 */
public final class RowOrder {
  private final int rows;
  private final Optional<Draws> shuffle;
  private volatile Pass pass;

  /** The random numbers of a shuffle. */
  @FunctionalInterface
  public interface Draws {
    /** 64 random bits for place {@code index} of pass {@code pass}; always the same ones. */
    long bits(long pass, int index);
  }

  /** The order of one pass. */
  private record Pass(long number, Records order) {}

  /**
   * The order of {@code rows} rows.
   *
   * @param shuffle the random numbers; empty for the order of the file
   */
  public RowOrder(int rows, Optional<Draws> shuffle) {
    this.rows = rows;
    this.shuffle = shuffle;
    this.pass = new Pass(-1, new Records(Integer.BYTES));
  }

  /** The row at {@code position} of the endless sequence of passes. */
  public int row(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position: " + position + " (expected: >= 0)");
    }
    int place = (int) (position % rows);
    if (shuffle.isEmpty()) {
      return place;
    }
    long number = position / rows;
    Pass current = pass;
    if (current.number() != number) {
      current = new Pass(number, order(number, shuffle.get()));
      pass = current;
    }
    return get(current.order(), place);
  }

  private Records order(long number, Draws draws) {
    Records order = new Records(Integer.BYTES);
    order.grow(rows);
    order.close(); // it grows no further
    for (int i = 0; i < rows; i++) {
      put(order, i, i);
    }
    for (int i = rows - 1; i > 0; i--) {
      // 64 random bits modulo at most 2^31: the bias is below 2^-33.
      int other = (int) Long.remainderUnsigned(draws.bits(number, i), i + 1L);
      int moved = get(order, i);
      put(order, i, get(order, other));
      put(order, other, moved);
    }
    return order;
  }

  private static int get(Records order, int index) {
    return order.chunk(index).getInt(order.at(index));
  }

  private static void put(Records order, int index, int row) {
    order.chunk(index).putInt(order.at(index), row);
  }
}
