package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.UnitId;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UnitRowsTest {
  @Test
  void eachGroupHasItsDrawnResponsesThenThoseOfItsPrompt() {
    RolloutUnit unit = unit(2, prompt("a", 1), prompt("b", 0));
    List<Trajectory> drawn = IntStream.range(0, 4).mapToObj(draw -> drawn(unit, draw)).toList();

    List<Trajectory> rows = UnitRows.join(unit, drawn);

    assertThat(rows)
        .extracting(row -> row.origin().member())
        .containsExactly("policy", "policy", "gold", "policy", "policy");
    assertThat(rows).extracting(row -> row.id().group().index()).containsExactly(0, 0, 0, 1, 1);
    assertThat(rows).extracting(row -> row.id().sample()).containsExactly(0, 1, 2, 0, 1);
    assertThat(rows.get(2).generated()).isFalse();
    assertThat(rows.get(3)).isEqualTo(drawn.get(2));
  }

  @Test
  void aUnitMayDrawNothing() {
    RolloutUnit unit = unit(0, prompt("a", 2), prompt("b", 1));
    assertThat(UnitRows.join(unit, List.of()))
        .extracting(row -> row.id().sample())
        .containsExactly(0, 1, 0);
  }

  @Test
  void refusesAnotherNumberOfResponses() {
    RolloutUnit unit = unit(2, prompt("a", 0));
    assertThatThrownBy(() -> UnitRows.join(unit, List.of()))
        .hasMessage("step-1-unit-0: 0 responses (expected: 2)");
  }

  private static Trajectory drawn(RolloutUnit unit, int draw) {
    return new Trajectory(
        unit.sampleId(draw),
        unit.prompt(draw),
        TokenIds.of(draw),
        "" + draw,
        PerToken.constant(-1, 1),
        PerToken.constant(-1, 1),
        TokenVersions.uniform(unit.version(), 1),
        FinishReason.STOP,
        Origin.POLICY,
        unit.sampling());
  }

  private static RolloutUnit unit(int samples, Prompt... prompts) {
    return new RolloutUnit(
        new UnitId(Purpose.ROLLOUT, 1, 0, 0),
        0,
        List.of(prompts),
        samples,
        new Sampling(1, 0, 1, 0, 4, false),
        TokenIds.empty(),
        1,
        new PolicyVersion(0));
  }

  private static Prompt prompt(String id, int responses) {
    Origin gold = new Origin("gold", Provenance.HUMAN, OptionalDouble.empty());
    GivenResponse response = new GivenResponse(gold, "4", TokenIds.of(9, 2), FinishReason.STOP);
    return new Prompt(
        id,
        id,
        TokenIds.of(1),
        Optional.of("4"),
        Map.of(),
        Collections.nCopies(responses, response));
  }
}
