package dev.kelpie.rollout;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;

/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as
 * easy as 1, 2, 3"). A number depends on its seed, sample and position alone, so a response does
 * not depend on the worker, the attempt or what was drawn before.
 *
 * <p>Key: the run's seed. Counter, from word 0: position in the response; sample, with the purpose
 * in the upper bits; index of the prompt in the step; step.
 */
final class Philox {
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int EVAL = 1 << 30;

  private Philox() {}

  /** A number in [0, 1), a multiple of 2^-24, for one token of one response. */
  static float uniform(long seed, SampleId sample, int position) {
    GroupId group = sample.group();
    int use = (group.purpose() == Purpose.EVAL ? EVAL : 0) | sample.sample();
    int[] word =
        block(position, use, group.index(), (int) group.step(), (int) seed, (int) (seed >>> 32));
    return (word[0] >>> 8) * 0x1p-24f;
  }

  /** Four words of 32 random bits for a counter of four words and a key of two. */
  static int[] block(int c0, int c1, int c2, int c3, int key0, int key1) {
    int[] x = {c0, c1, c2, c3};
    int k0 = key0;
    int k1 = key1;
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * Integer.toUnsignedLong(x[0]);
      long product1 = MULTIPLIER_1 * Integer.toUnsignedLong(x[2]);
      x =
          new int[] {
            (int) (product1 >>> 32) ^ x[1] ^ k0,
            (int) product1,
            (int) (product0 >>> 32) ^ x[3] ^ k1,
            (int) product0
          };
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return x;
  }
}
