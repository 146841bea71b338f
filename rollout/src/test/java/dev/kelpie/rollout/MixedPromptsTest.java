package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MixedPromptsTest {
  private static final List<Double> WEIGHTS = List.of(1.0, 3.0, 0.5);

  /** Each file's own positions are 0, 1, 2 and so on, none left out and none twice. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 42, -7})
  void everyFileIsReadInItsOwnOrder(long seed) {
    MixedPrompts mixed = mixed(WEIGHTS, seed);
    Map<Integer, Long> next = new HashMap<>();
    for (long position = 0; position < 20_000; position++) {
      MixedPrompts.Place place = mixed.place(position);
      assertThat(place.position()).isEqualTo(next.getOrDefault(place.part(), 0L));
      next.merge(place.part(), 1L, Long::sum);
    }
    // 1 : 3 : 0.5 of 20,000 are 4444.4, 13333.3, 2222.2
    assertThat(next.get(0)).isBetween(4443L, 4446L);
    assertThat(next.get(1)).isBetween(13331L, 13336L);
    assertThat(next.get(2)).isBetween(2220L, 2225L);
  }

  /** A step of nine prompts has 2 : 6 : 1 of them, give or take one. */
  @Test
  void anyStepHasTheProportions() {
    MixedPrompts mixed = mixed(WEIGHTS, 5);
    for (long step = 0; step < 500; step++) {
      int[] counts = new int[3];
      for (long position = 9 * step; position < 9 * (step + 1); position++) {
        counts[mixed.place(position).part()]++;
      }
      assertThat(counts[0]).isBetween(1, 3);
      assertThat(counts[1]).isBetween(5, 7);
      assertThat(counts[2]).isBetween(0, 2);
    }
  }

  @Test
  void theSeedDecidesWhichFileComesFirst() {
    List<Integer> firsts = new ArrayList<>();
    for (long seed = 0; seed < 200; seed++) {
      int first = mixed(WEIGHTS, seed).place(0).part();
      assertThat(mixed(WEIGHTS, seed).place(0).part()).isEqualTo(first);
      firsts.add(first);
    }
    assertThat(firsts).contains(0, 1, 2);
  }

  /** The share of one row in a million of the others is still met, and positions stay exact. */
  @Test
  void farPositionsAreExact() {
    MixedPrompts mixed = mixed(List.of(1e6, 1.0), 3);
    long far = 5_000_000_000L;
    MixedPrompts.Place before = mixed.place(far);
    MixedPrompts.Place after = mixed.place(far + 1);
    assertThat(before.part()).isZero();
    assertThat(after).isEqualTo(new MixedPrompts.Place(0, before.position() + 1));
  }

  @Test
  void oneFileIsItself() {
    assertThat(mixed(List.of(1.0), 9).place(12_345)).isEqualTo(new MixedPrompts.Place(0, 12_345));
  }

  private static MixedPrompts mixed(List<Double> weights, long seed) {
    return new MixedPrompts(List.of(), weights, seed);
  }
}
