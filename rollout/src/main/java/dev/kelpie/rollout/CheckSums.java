package dev.kelpie.rollout;

import dev.kelpie.rollout.rows.RowPlace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Check sums of blocks of rows, which show where a file differs. */
final class CheckSums {
  private CheckSums() {}

  /** One for each block of {@code perBlock} of {@code rows} rows. */
  static List<Integer> ofBlocks(int rows, int perBlock, IntFunction<RowPlace> places) {
    List<Integer> checks = new ArrayList<>();
    int check = 0;
    for (int row = 0; row < rows; row++) {
      check = 31 * check + places.apply(row).check();
      if ((row + 1) % perBlock == 0 || row + 1 == rows) {
        checks.add(check);
        check = 0;
      }
    }
    return checks;
  }
}
