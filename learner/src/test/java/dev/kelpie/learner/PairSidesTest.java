package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.TokenIds;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.Microbatch;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Prompts of the sides of pairs. */
class PairSidesTest {
  @ParameterizedTest
  @CsvSource({"1, 1", "0, 0", "-3, -3", "0.5, 0.5", "0.1, 0.1"})
  void aScoreIsWrittenWithoutAFractionWhereItHasNone(double score, String written) {
    assertThat(PairSides.written(score)).isEqualTo(written);
  }

  @Test
  void responsesOfOneGroupUnderTwoPromptsHaveTwoPromptsInTheirMicrobatch() {
    TokenIds response = TokenIds.of(7, 8);
    List<Microbatch> batches =
        new Collator(1000, 1)
            .microbatches(
                List.of(
                    new Collator.Item(0, 0, TokenIds.of(1, 2), response),
                    new Collator.Item(1, 0, TokenIds.of(1, 2), response),
                    new Collator.Item(2, 0, TokenIds.of(3), response)));
    assertThat(batches).hasSize(1);
    assertThat(batches.get(0).sequences().prompts())
        .containsExactly(TokenIds.of(1, 2), TokenIds.of(3));
    assertThat(batches.get(0).sequences().rows().get(2).prompt()).isEqualTo(1);
  }
}
