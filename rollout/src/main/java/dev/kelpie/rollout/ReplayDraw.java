package dev.kelpie.rollout;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Draws the groups of an earlier step that a step is trained on again: random numbers of their own,
 * by seed and the two steps alone, so that a resumed run draws the same.
 */
public final class ReplayDraw {
  private static final int PURPOSE = 0x80000002; // no step, so apart from tokens; 1 is the prompts

  private ReplayDraw() {}

  /**
   * Places of the groups, ascending: {@code share} of them, rounded, each at most once.
   *
   * @param step the step that is trained
   * @param source the step that sampled the groups
   * @param groups number of its groups
   */
  public static List<Integer> places(long seed, long step, long source, int groups, double share) {
    int count = Math.toIntExact(Math.round(share * groups));
    long[] keys = new long[groups];
    for (int place = 0; place < groups; place++) {
      int[] bits =
          Philox.block(place, (int) source, (int) step, PURPOSE, (int) seed, (int) (seed >>> 32));
      keys[place] = (Integer.toUnsignedLong(bits[0]) << 32) | Integer.toUnsignedLong(bits[1]);
    }
    return IntStream.range(0, groups)
        .boxed()
        .sorted(
            Comparator.comparing((Integer place) -> keys[place], Long::compareUnsigned)
                .thenComparing(Comparator.naturalOrder()))
        .limit(count)
        .sorted()
        .toList();
  }
}
