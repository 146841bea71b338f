package dev.kelpie.wire.broadcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class RangesTest {
  @Test
  void containsWhatLiesInOneRange() {
    Ranges.Builder builder = new Ranges.Builder();
    builder.add(0, 4);
    builder.add(4, 6); // touches the one before: 0 to 6
    builder.add(10, 12);
    Ranges ranges = builder.build();
    assertThat(ranges.ranges()).containsExactly(new Ranges.Range(0, 6), new Ranges.Range(10, 12));
    assertThat(ranges.bytes()).isEqualTo(8);
    assertThat(ranges.contain(2, 6)).isTrue();
    assertThat(ranges.contain(10, 12)).isTrue();
    assertThat(ranges.contain(5, 7)).isFalse();
    assertThat(ranges.contain(5, 11)).isFalse();
    assertThat(ranges.contain(7, 8)).isFalse();
    assertThat(ranges.contain(12, 13)).isFalse();
    assertThat(ranges.contain(7, 7)).isTrue();
    assertThat(Ranges.NONE.contain(0, 1)).isFalse();
    assertThat(Ranges.all(9).contain(0, 9)).isTrue();
  }

  @Test
  void refusesRangesOutOfOrder() {
    assertThatThrownBy(() -> new Ranges.Range(3, 3)).hasMessageContaining("range: 3 to 3");
    assertThatThrownBy(() -> new Ranges(List.of(new Ranges.Range(5, 6), new Ranges.Range(1, 2))))
        .hasMessageContaining("in order, apart");
  }
}
