package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.file.FileTicket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class GroupAssemblyTest {
  private static final FileTicket FILE = new FileTicket("/x", "", 1, "0123456789abcdef".repeat(4));
  private static final RewardOutcome GOOD = new RewardOutcome.Scored(new Score(1, Map.of()));
  private static final RewardOutcome BAD = new RewardOutcome.Failed("no opinion");

  @Test
  void unitIsCompleteWithFileRewardsAndReference() {
    GroupAssembly assembly = new GroupAssembly(true, 0);
    UnitId id = issue(assembly, 1, 0, 0, 0);
    assertThat(assembly.missing(id)).isEqualTo("its responses");

    List<GroupAssembly.Rows> rows = assembly.received(id, FILE);
    // Two prompts with three samples: one task for each group.
    assertThat(rows)
        .containsExactly(
            new GroupAssembly.Rows(id, FILE, 0, 3), new GroupAssembly.Rows(id, FILE, 3, 6));
    assertThat(assembly.scored(id, 3, List.of(GOOD, GOOD, BAD))).isFalse();
    assertThat(assembly.missing(id)).isEqualTo("3 of 6 rewards");
    assertThat(assembly.scored(id, 0, List.of(GOOD, GOOD, GOOD))).isTrue();
    assertThat(assembly.missing(id)).isEqualTo("its reference log-probabilities");
    assertThat(assembly.step(1, 2)).isEmpty();
    assertThat(assembly.referenceScored(id, FILE)).isTrue();

    ScoredUnit unit = assembly.step(1, 2).orElseThrow().get(0);
    assertThat(unit.outcomes()).containsExactly(GOOD, GOOD, GOOD, GOOD, GOOD, BAD);
    assertThat(unit.referenceLogprobs()).contains(FILE);
  }

  @Test
  void whatComesForALostAttemptIsIgnored() {
    GroupAssembly assembly = new GroupAssembly(false, 0);
    UnitId first = issue(assembly, 1, 0, 0, 0);
    assembly.lost(first);
    UnitId second = issue(assembly, 1, 0, 1, 0);

    assertThat(assembly.received(first, FILE)).isEmpty();
    assertThat(assembly.received(second, FILE)).hasSize(2);
    assertThat(assembly.scored(first, 0, List.of(BAD, BAD, BAD))).isFalse();
    assertThat(assembly.missing(second)).isEqualTo("6 of 6 rewards");
  }

  @Test
  void namesWhatIsTooOldToTrainOn() {
    GroupAssembly assembly = new GroupAssembly(false, 1);
    UnitId old = issue(assembly, 4, 0, 0, 1);
    UnitId fresh = issue(assembly, 4, 1, 0, 2);
    finish(assembly, old);
    finish(assembly, fresh);

    // Step 4 updates version 3; version 1 lags by two.
    assertThat(assembly.stale(4)).containsExactly(old);
  }

  /** Whatever the order of answers, doubled and late ones included, a step completes once. */
  @RepeatedTest(50)
  void anyOrderOfAnswersCompletesTheStep(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    GroupAssembly assembly = new GroupAssembly(true, 0);
    List<Runnable> answers = new ArrayList<>();
    List<UnitId> ids = new ArrayList<>();
    for (int unit = 0; unit < 4; unit++) {
      UnitId first = issue(assembly, 1, unit, 0, 0);
      if (random.nextBoolean()) {
        assembly.lost(first);
        ids.add(issue(assembly, 1, unit, 1, 0));
        answers.add(() -> assembly.received(first, FILE));
        answers.add(() -> assembly.scored(first, 0, List.of(BAD, BAD, BAD)));
      } else {
        ids.add(first);
      }
    }
    int[] completed = {0};
    for (UnitId id : ids) {
      for (int copy = 0; copy < 2; copy++) {
        answers.add(() -> assembly.received(id, FILE));
        answers.add(() -> assembly.referenceScored(id, FILE));
        for (int from = 0; from < 6; from += 3) {
          int row = from;
          answers.add(
              () -> completed[0] += assembly.scored(id, row, List.of(GOOD, GOOD, GOOD)) ? 1 : 0);
        }
      }
    }
    Collections.shuffle(answers, random);

    answers.forEach(Runnable::run);

    assertThat(completed[0]).isEqualTo(4);
    List<ScoredUnit> units = assembly.step(1, 8).orElseThrow();
    assertThat(units).extracting(ScoredUnit::unit).containsExactlyElementsOf(ids);
    assertThat(units).allMatch(unit -> unit.outcomes().stream().allMatch(GOOD::equals));
    ids.forEach(assembly::take);
    assertThat(assembly.underWay()).isEmpty();
  }

  private static void finish(GroupAssembly assembly, UnitId id) {
    assembly.received(id, FILE);
    assembly.scored(id, 0, List.of(GOOD, GOOD, GOOD, GOOD, GOOD, GOOD));
  }

  private static UnitId issue(
      GroupAssembly assembly, long step, int unit, int attempt, long version) {
    List<Prompt> prompts =
        IntStream.range(0, 2)
            .mapToObj(i -> new Prompt("p" + i, "t", TokenIds.of(1), Optional.empty(), Map.of()))
            .toList();
    RolloutUnit work =
        new RolloutUnit(
            new UnitId(Purpose.ROLLOUT, step, unit, attempt),
            2 * unit,
            prompts,
            3,
            new Sampling(1, 0, 1, 0, 4, false),
            TokenIds.empty(),
            1,
            new PolicyVersion(version));
    assembly.issued(work);
    return work.id();
  }
}
