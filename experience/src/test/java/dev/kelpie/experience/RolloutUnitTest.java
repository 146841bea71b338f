package dev.kelpie.experience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class RolloutUnitTest {
  private static final Prompt A = prompt("a");
  private static final Prompt B = prompt("b");

  @Test
  void rowsOfAPromptLieTogether() {
    RolloutUnit unit = unit(TokenIds.empty());
    // 2 prompts x 3 samples: rows 0 to 2 are of a, 3 to 5 of b
    assertThat(unit.rows()).isEqualTo(6);
    assertThat(unit.prompt(2)).isEqualTo(A);
    assertThat(unit.prompt(3)).isEqualTo(B);
    // b is prompt 1 of the unit, whose first prompt is prompt 4 of step 7
    GroupId group = new GroupId(Purpose.ROLLOUT, 7, 5);
    assertThat(unit.sampleId(4)).isEqualTo(new SampleId(group, 1, 2));
    assertThat(unit.groups()).containsExactly(new GroupId(Purpose.ROLLOUT, 7, 4), group);
  }

  @Test
  void aRowIsLimitedByTheSmallerLimit() {
    assertThat(unit(TokenIds.empty()).limit(5)).isEqualTo(16);
    RolloutUnit limited = unit(TokenIds.of(1, 2, 3, 4, 5, 99));
    assertThat(limited.limit(0)).isEqualTo(1);
    assertThat(limited.limit(5)).isEqualTo(16);
  }

  @Test
  void refusesLimitsForOtherThanAllRows() {
    assertThatThrownBy(() -> unit(TokenIds.of(1, 2)))
        .hasMessage("limits: 2 (expected: none or one for each of 6 draws)");
  }

  @Test
  void responsesOfAPromptFollowThoseThatAreDrawnForIt() {
    GivenResponse gold =
        new GivenResponse(
            new Origin("gold", Provenance.HUMAN, OptionalDouble.of(1)),
            "4",
            TokenIds.of(9, 2),
            FinishReason.STOP);
    Prompt answered =
        new Prompt("c", "c", TokenIds.of(1), Optional.empty(), Map.of(), List.of(gold));
    RolloutUnit unit = unit(3, List.of(answered, B));
    // rows 0 to 2 are drawn for c, 3 came with it, 4 to 6 are drawn for b
    assertThat(unit.draws()).isEqualTo(6);
    assertThat(unit.rows()).isEqualTo(7);
    assertThat(unit.groupSize(0)).isEqualTo(4);
    assertThat(unit.groupSize(1)).isEqualTo(3);
    assertThat(unit.promptOfRow(3)).isEqualTo(answered);
    assertThat(unit.promptOfRow(4)).isEqualTo(B);
    assertThat(unit.prompt(3)).isEqualTo(B);
    assertThat(unit(0, List.of(answered)).rows()).isEqualTo(1);
    assertThatThrownBy(() -> unit(0, List.of(answered, B)))
        .hasMessage("prompt b: no response and none to draw (expected: at least one)");
  }

  @Test
  void anotherAttemptIsTheSameWork() {
    UnitId retry = unit(TokenIds.empty()).id().retry();
    assertThat(retry).hasToString("step-7-unit-1-attempt-3");
    assertThat(retry)
        .usingRecursiveComparison()
        .ignoringFields("attempt")
        .isEqualTo(unit(TokenIds.empty()).id());
  }

  @Test
  void unitsAreOrderedByStepPurposeUnitAndAttempt() {
    UnitId first = new UnitId(Purpose.ROLLOUT, 1, 9, 9);
    UnitId second = new UnitId(Purpose.ROLLOUT, 2, 0, 1);
    UnitId third = new UnitId(Purpose.ROLLOUT, 2, 1, 0);
    UnitId fourth = new UnitId(Purpose.EVAL, 2, 0, 0);
    assertThat(List.of(fourth, third, second, first).stream().sorted())
        .containsExactly(first, second, third, fourth);
    assertThat(fourth).hasToString("eval-2-unit-0");
  }

  private static RolloutUnit unit(int samples, List<Prompt> prompts) {
    return unit(samples, prompts, TokenIds.empty());
  }

  private static RolloutUnit unit(TokenIds limits) {
    return unit(3, List.of(A, B), limits);
  }

  private static RolloutUnit unit(int samples, List<Prompt> prompts, TokenIds limits) {
    return new RolloutUnit(
        new UnitId(Purpose.ROLLOUT, 7, 1, 2),
        4,
        prompts,
        samples,
        new Sampling(1, 0, 1, 0, 16, false),
        limits,
        42,
        new PolicyVersion(6));
  }

  private static Prompt prompt(String id) {
    return new Prompt(id, id, TokenIds.of(1), Optional.empty(), Map.of());
  }
}
