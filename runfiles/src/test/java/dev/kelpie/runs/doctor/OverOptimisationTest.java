package dev.kelpie.runs.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.StepMetrics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The alarm on a reward that rises while something else tells otherwise. */
class OverOptimisationTest {
  private static final RunFacts UNTRAINED = new RunFacts(8, 2, true, Set.of("answer"));

  /** A reward by length: 14 at the start, 1 more in each step. */
  private static MadeRun byLength() {
    return MadeRun.healthy()
        .with("reward/mean", step -> 14.0 + step)
        .with("reward/max", step -> 40)
        .with("response_length/mean", step -> 14.0 + step)
        .with("reward/length_correlation", step -> 1);
  }

  private static Finding alarm(Examination examination) {
    return examination.alarms().stream()
        .filter(finding -> finding.rule().equals("over-optimisation"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void namesTheRewardTheLengthAndTheHeldOutRewardThatFalls() {
    MadeRun run = byLength().facts(UNTRAINED).with("reward/answer/mean", step -> 0.5 - 0.02 * step);
    Examination examined = run.examined(20);
    assertThat(examined.alarms())
        .extracting(Finding::rule)
        .containsExactly("over-optimisation", "length-growth");
    // 15..19 and 30..34; 0.48..0.40 and 0.18..0.10
    assertThat(alarm(examined).evidence())
        .isEqualTo(
            "reward/mean 17 -> 32 (steps 1 to 5 against 16 to 20), but reward/answer/mean 0.440 ->"
                + " 0.140 falls; response_length/mean 17 -> 32 tokens, which explain the reward"
                + " (reward/length_correlation 1)");
    // two windows of five
    assertThat(alarm(examined).since()).isEqualTo(10);
  }

  @Test
  void aRewardThatIsTrainedOnIsNoWitness() {
    MadeRun run =
        MadeRun.healthy()
            .facts(new RunFacts(8, 2, true, Set.of()))
            .with("reward/answer/mean", step -> 0.5 - 0.01 * step);
    assertThat(run.alarms(40)).isEmpty();
    assertThat(run.facts(UNTRAINED).alarms(40)).containsExactly("over-optimisation");
  }

  @Test
  void lengthThatDoesNotExplainTheRewardIsNoSign() {
    assertThat(byLength().with("reward/length_correlation", step -> 0.6).alarms(40)).isEmpty();
  }

  @Test
  void repetitionCutResponsesAndTheReferenceAreSigns() {
    MadeRun run =
        MadeRun.healthy()
            .with("response_repetition/mean", step -> 0.01 * step)
            .with("response_length/clip_ratio", step -> Math.min(0.29, 0.01 * step));
    assertThat(alarm(run.examined(40)).evidence())
        .endsWith(
            "but response_length/clip_ratio 0.030 -> 0.290 of the responses are cut off;"
                + " response_repetition/mean 0.030 -> 0.380 of the token triples are repeated");
    MadeRun far = MadeRun.healthy().with("kl/ref_k3", step -> 0.05 * step);
    assertThat(alarm(far.examined(40)).evidence())
        .endsWith("but kl/ref_k3 0.150 -> 1.90 nats per token from the reference");
    // the reward has gained nothing by it: another rule's matter
    assertThat(far.with("reward/mean", step -> 0.4).alarms(40)).containsExactly("kl-blow-up");
  }

  @Test
  void aScorerOfTheEvaluationsFallsWhenTwoInARowAreBelowTheBest() {
    Examination examination = new Examination(UNTRAINED);
    MadeRun run = MadeRun.healthy();
    List<Double> scores = List.of(0.5, 0.52, 0.3, 0.3);
    for (long step = 1; step <= 40; step++) {
      List<Finding> fresh = examination.add(run.step(step));
      if (step % 10 == 0) {
        double score = scores.get((int) (step / 10) - 1);
        fresh =
            examination.add(
                new StepMetrics(
                    step, Map.of("eval/scorer/gold/mean", score, "eval/samples", 256.0)));
      }
      // three errors of a share of 0.52 in 256 responses are 0.094
      assertThat(fresh).hasSize(step == 40 ? 1 : 0);
    }
    assertThat(alarm(examination).evidence())
        .endsWith("but eval/scorer/gold/mean 0.520 -> 0.300 (steps 30 to 40) falls");
  }

  @Test
  void aFindingIsMadeOnceAndSaysWhenItIsOver() {
    Examination examination = new Examination(UNTRAINED);
    MadeRun run = byLength().with("reward/length_correlation", step -> step < 20 ? 1 : 0.2);
    int made = 0;
    for (long step = 1; step <= 40; step++) {
      made +=
          (int)
              examination.add(run.step(step)).stream()
                  .filter(one -> one.rule().startsWith("over"))
                  .count();
    }
    assertThat(made).isEqualTo(1);
    Finding over = alarm(examination);
    assertThat(over.current()).isFalse();
    // the mean of five is below 0.9 with one of them
    assertThat(List.of(over.since(), over.until())).containsExactly(10L, 19L);
  }
}
