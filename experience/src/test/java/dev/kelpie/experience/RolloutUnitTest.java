package dev.kelpie.experience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RolloutUnitTest {
  /** Prompts 6 and 7 of step 3, three samples each, in the second attempt. */
  private static RolloutUnit unit(TokenIds limits) {
    return new RolloutUnit(
        Purpose.ROLLOUT,
        3,
        2,
        1,
        6,
        List.of(prompt("a"), prompt("b")),
        3,
        new Sampling(1, 0, 1, 0, 10, false),
        limits,
        42,
        new PolicyVersion(5));
  }

  private static Prompt prompt(String id) {
    return new Prompt(id, id, TokenIds.of(1), Optional.empty(), Map.of());
  }

  @Test
  void rowsOfAPromptFollowEachOther() {
    RolloutUnit unit = unit(TokenIds.empty());
    assertThat(unit.rows()).isEqualTo(6);
    assertThat(List.of(0, 2, 3, 5))
        .extracting(row -> unit.prompt(row).id())
        .containsExactly("a", "a", "b", "b");
    // row 5 is sample 5 % 3 = 2 of prompt 6 + 5 / 3 = 7
    assertThat(unit.sampleId(5)).isEqualTo(new SampleId(new GroupId(Purpose.ROLLOUT, 3, 7), 2, 1));
    assertThat(unit.sampleId(0)).isEqualTo(new SampleId(new GroupId(Purpose.ROLLOUT, 3, 6), 0, 1));
  }

  @Test
  void aRowsLimitNeverExceedsTheLimitOfAll() {
    assertThat(unit(TokenIds.empty()).limit(4)).isEqualTo(10);
    RolloutUnit unit = unit(TokenIds.of(1, 2, 3, 4, 50, 6));
    assertThat(unit.limit(1)).isEqualTo(2);
    assertThat(unit.limit(4)).isEqualTo(10);
    assertThatThrownBy(() -> unit(TokenIds.of(1, 2)))
        .hasMessage("limits: 2 (expected: none or one for each of 6 rows)");
  }

  @Test
  void aRetryDiffersInItsAttemptOnly() {
    RolloutUnit unit = unit(TokenIds.empty());
    RolloutUnit retry = unit.retry();
    assertThat(retry).isNotEqualTo(unit);
    assertThat(retry.sampleId(4).attempt()).isEqualTo(2);
    assertThat(retry.sampleId(4).group()).isEqualTo(unit.sampleId(4).group());
    assertThat(retry.seed()).isEqualTo(unit.seed());
  }
}
