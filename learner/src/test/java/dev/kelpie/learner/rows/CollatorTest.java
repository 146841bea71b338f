package dev.kelpie.learner.rows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.TokenIds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CollatorTest {
  /** 16 responses of 10 tokens to 4 prompts of 5: 4 * 5 + 16 * 10 = 180 tokens in all. */
  @ParameterizedTest
  @CsvSource({
    "1000, 1, 1",
    "1000, 2, 2", // each lane has one
    "1000, 4, 4",
    "100, 1, 2",
    "70, 1, 3",
    "70, 2, 4", // a multiple of the lanes
    "10, 2, 16" // a response larger than the budget makes one by itself
  })
  void cutsIntoAsFewAsTheBudgetAllowsAndAsManyAsTheLanesShare(int budget, int lanes, int count) {
    List<Microbatch> batches = new Collator(budget, lanes).microbatches(items(4, 4, 10));

    assertThat(batches).hasSize(count);
    assertThat(batches.stream().flatMap(batch -> batch.rows().stream()))
        .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }

  @Test
  void lanesHaveEvenShares() {
    List<Microbatch> batches = new Collator(1000, 2).microbatches(items(8, 4, 10));

    assertThat(batches).extracting(batch -> batch.rows().size()).containsExactly(16, 16);
  }

  @Test
  void fewerResponsesThanLanesMakeOneEach() {
    assertThat(new Collator(1000, 4).microbatches(items(1, 3, 10))).hasSize(3);
    assertThat(new Collator(1000, 4).microbatches(List.of())).isEmpty();
  }

  private static List<Collator.Item> items(int groups, int size, int length) {
    List<Collator.Item> items = new ArrayList<>();
    for (int i = 0; i < groups * size; i++) {
      items.add(new Collator.Item(i, i / size, tokens(5), tokens(length)));
    }
    return items;
  }

  private static TokenIds tokens(int length) {
    int[] ids = new int[length];
    Arrays.fill(ids, 7);
    return TokenIds.of(ids);
  }
}
