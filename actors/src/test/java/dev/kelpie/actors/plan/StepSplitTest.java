package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.RolloutOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StepSplitTest {
  /** Splits of steps of {@code prompts} prompts, and what they journalled. */
  record Fixture(StepSplit split, Map<Long, Integer> journal) {
    List<Integer> firsts(long step, int units) {
      return IntStream.rangeClosed(0, units).mapToObj(unit -> split.first(step, unit)).toList();
    }
  }

  static Fixture of(int promptsPerStep, int unitPrompts) {
    Map<Long, Integer> journal = new HashMap<>();
    StepSplit split =
        new StepSplit(
            rollout(promptsPerStep, unitPrompts),
            step ->
                journal.containsKey(step) ? OptionalInt.of(journal.get(step)) : OptionalInt.empty(),
            journal::put);
    return new Fixture(split, journal);
  }

  private static RolloutOptions rollout(int promptsPerStep, int unitPrompts) {
    RolloutOptions one = RolloutOptions.DEFAULTS;
    return new RolloutOptions(
        one.workers(),
        one.threads(),
        one.groupSize(),
        promptsPerStep,
        unitPrompts,
        one.temperature(),
        one.topK(),
        one.topP(),
        one.minP(),
        one.maxNewTokens(),
        one.ignoreStop(),
        one.precision(),
        one.engine());
  }

  @Test
  void presentWorkersShareAStep() {
    Fixture fixture = of(8, 0);
    assertThat(fixture.split().split(1, 3)).isEqualTo(3);
    assertThat(fixture.firsts(1, 3)).containsExactly(0, 2, 5, 8);
  }

  @Test
  void noUnitIsWithoutAPrompt() {
    Fixture fixture = of(2, 0);
    assertThat(fixture.split().split(1, 5)).isEqualTo(2);
    assertThat(fixture.firsts(1, 2)).containsExactly(0, 1, 2);
  }

  @Test
  void theFirstSplitOfAStepIsJournalledAndStays() {
    Fixture fixture = of(8, 0);
    fixture.split().split(1, 1);
    assertThat(fixture.split().split(1, 4)).isEqualTo(1);
    assertThat(fixture.split().split(2, 4)).isEqualTo(4);
    assertThat(fixture.journal()).isEqualTo(Map.of(1L, 1, 2L, 4));
  }

  @Test
  void aSetSizeIsTheSameForAnyNumberOfWorkers() {
    Fixture fixture = of(8, 4);
    assertThat(fixture.split().split(1, 5)).isEqualTo(2);
    assertThat(fixture.firsts(1, 2)).containsExactly(0, 4, 8);
  }

  @Test
  void aJournalledSplitIsKeptWhenTheOptionIsAnother() {
    Fixture fixture = of(8, 4);
    fixture.journal().put(3L, 8);
    assertThat(fixture.split().split(3, 1)).isEqualTo(8);
    assertThat(fixture.split().first(3, 7)).isEqualTo(7);
  }

  @Test
  void aStepJournalledWithoutASplitHasUnitsOfTheSetSize() {
    Fixture whole = of(8, 0);
    whole.journal().put(1L, 0);
    assertThat(whole.split().split(1, 4)).isEqualTo(1);
    Fixture set = of(8, 2);
    set.journal().put(1L, 0);
    assertThat(set.split().split(1, 1)).isEqualTo(4);
    assertThat(set.split().first(1, 3)).isEqualTo(6);
  }

  @Test
  void aJournalledSplitLeavesNoUnitEmptyWhenAStepHasFewerPrompts() {
    Fixture fixture = of(2, 0);
    fixture.journal().put(1L, 4);
    assertThat(fixture.split().split(1, 1)).isEqualTo(2);
    assertThat(fixture.firsts(1, 2)).containsExactly(0, 1, 2);
  }

  @Test
  void aUnitOfAStepThatIsNotSplitHasNoPlace() {
    assertThatThrownBy(() -> of(8, 0).split().first(1, 0)).hasMessageContaining("step 1");
  }
}
