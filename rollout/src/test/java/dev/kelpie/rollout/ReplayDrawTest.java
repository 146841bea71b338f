package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayDrawTest {
  @Test
  void drawsARoundedShareWithoutRepetition() {
    // 0.3 of 8 is 2.4: 2 groups; 0.15 of 10 is 1.5: 2 groups.
    assertThat(ReplayDraw.places(1, 9, 5, 8, 0.3)).hasSize(2).doesNotHaveDuplicates().isSorted();
    assertThat(ReplayDraw.places(1, 9, 5, 10, 0.15)).hasSize(2);
    assertThat(ReplayDraw.places(1, 9, 5, 8, 1)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    assertThat(ReplayDraw.places(1, 9, 5, 8, 0)).isEmpty();
  }

  @Test
  void dependsOnSeedStepAndSourceAlone() {
    List<Integer> drawn = ReplayDraw.places(1, 9, 5, 40, 0.5);
    assertThat(ReplayDraw.places(1, 9, 5, 40, 0.5)).isEqualTo(drawn);
    assertThat(ReplayDraw.places(2, 9, 5, 40, 0.5)).isNotEqualTo(drawn);
    assertThat(ReplayDraw.places(1, 13, 5, 40, 0.5)).isNotEqualTo(drawn);
    assertThat(ReplayDraw.places(1, 9, 1, 40, 0.5)).isNotEqualTo(drawn);
  }

  @Test
  void everyGroupIsDrawnBySomeStep() {
    Set<Integer> seen = new HashSet<>();
    for (long step = 1; step <= 60; step++) {
      seen.addAll(ReplayDraw.places(3, step, 0, 10, 0.2));
    }
    assertThat(seen).hasSize(10);
  }
}
