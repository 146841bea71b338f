package dev.kelpie.rollout.rows;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowIndexTest {
  @Test
  void recordsBeyondTheHeapAreInAFile() {
    Records records = new Records(8, 2);
    // 2^18 / 8 = 32,768 records a chunk: two chunks in the heap, two and a bit beyond
    records.grow(140_000);
    for (int i = 0; i < 140_000; i++) {
      records.chunk(i).putLong(records.at(i), 3L * i);
    }
    assertThat(records.spilled()).isEqualTo(140_000 - 2 * 32_768);
    for (int i : new int[] {0, 32_767, 32_768, 65_535, 65_536, 139_999}) {
      assertThat(records.chunk(i).getLong(records.at(i))).isEqualTo(3L * i);
    }
    assertThat(records.chunk(0).isDirect()).isFalse();
    assertThat(records.chunk(65_536).isDirect()).isTrue();
  }

  @Test
  void fewMappingsAreLive() {
    // 16 MiB behind the heap: 64 chunks, in mappings of 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, ...
    Records records = new Records(8, 0);
    int most = 64 * 32_768;
    for (int i = 0; i < most; i += 1_000) {
      records.grow(i + 1L);
      records.chunk(i).putLong(records.at(i), 7L * i);
    }
    for (int i = 0; i < most; i += 1_000) {
      assertThat(records.chunk(i).getLong(records.at(i))).isEqualTo(7L * i);
    }
    assertThat(records.mappings()).isLessThan(20);
    records.discard();
  }

  @Test
  void temporaryFileOfADiscardedArrayIsClosedAndEmpty() {
    Records records = new Records(8, 1);
    records.grow(140_000);
    assertThat(records.temporaryBytes()).isPositive();
    records.discard();
    assertThat(records.temporaryBytes()).isZero();
    assertThat(records.size()).isZero();
  }

  @Test
  void indexKeepsPlacesBeyondFourGigabytes() {
    RowIndex index = new RowIndex();
    RowPlace place = new RowPlace(10_000_000_000L, 14_000, 700_000, -5);
    index.add(new RowPlace(1, 2, 3, 4), 5, 6);
    index.add(place, 7, 8);
    assertThat(index.size()).isEqualTo(2);
    assertThat(index.place(1)).isEqualTo(place);
    assertThat(index.first(1)).isEqualTo(7);
    assertThat(index.second(0)).isEqualTo(6);
  }

  @Test
  void idThatIsThereTwiceIsFoundAmongMany() {
    RowIds ids = new RowIds();
    for (int i = 0; i < 5000; i++) {
      String id = "id-" + i;
      int row = i;
      assertThat(ids.add(id, row, other -> ("id-" + other).equals(id))).isEmpty();
    }
    assertThat(ids.add("id-17", 5000, other -> other == 17)).isEqualTo(OptionalInt.of(17));
  }

  @Test
  void idsOfTheSameHashAreBothKept() {
    RowIds ids = new RowIds();
    assertThat(ids.add(42L, 0, other -> false)).isEmpty();
    assertThat(ids.add(42L, 1, other -> false)).isEmpty();
    assertThat(ids.add(42L, 2, other -> other == 1)).isEqualTo(OptionalInt.of(1));
  }

  @Test
  void orderWithoutAShuffleIsThatOfTheFile() {
    RowOrder order = new RowOrder(3, Optional.empty());
    assertThat(IntStream.range(0, 7).map(order::row)).containsExactly(0, 1, 2, 0, 1, 2, 0);
  }

  @Test
  void shuffleIsFisherYatesFromTheEnd() {
    // draws 1 and 0: [0 1 2] -> swap 2 with 1: [0 2 1] -> swap 1 with 0: [2 0 1]
    RowOrder order = new RowOrder(3, Optional.of((pass, index) -> index == 2 ? 1 : 0));
    assertThat(IntStream.range(0, 3).map(order::row)).containsExactly(2, 0, 1);
    assertThat(order.row(3)).isEqualTo(2);
  }
}
