package dev.kelpie.runs.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Each rule on metrics that show it, and on metrics that nearly do. */
class RulesTest {
  /**
   * A run that one rule finds, and one that it does not.
   *
   * @param evidence the end of the evidence after 40 steps
   */
  record Case(
      String rule, String evidence, UnaryOperator<MadeRun> ill, UnaryOperator<MadeRun> well) {
    @Override
    public String toString() {
      return rule;
    }
  }

  static final List<Case> CASES =
      List.of(
          new Case(
              "entropy-collapse",
              // 0.2 for 5 steps, then 0.2 / 36 to 0.2 / 40, on average 0.00527
              "policy/entropy 0.200 -> 0.005 nats (steps 1 to 5 against 36 to 40) while reward/mean"
                  + " did not rise (0.400 -> 0.400)",
              run ->
                  run.with("policy/entropy", step -> step <= 5 ? 0.2 : 0.2 / step)
                      .with("reward/mean", step -> 0.4),
              // a fifth is left
              run ->
                  run.with("policy/entropy", step -> step <= 5 ? 0.2 : 0.04)
                      .with("reward/mean", step -> 0.4)),
          new Case(
              "kl-blow-up",
              "kl/ref_k3 1.90 nats per token at steps 36 to 40 (usual: below 0.3)",
              run -> // 1.8 to 2
              run.with("kl/ref_k3", step -> 0.05 * step).with("reward/mean", step -> 0.4),
              run -> run.with("kl/ref_k3", step -> 0.01 * step)),
          new Case(
              "kl-blow-up",
              "policy/approx_kl 0.200 on average, 0.200 at most at steps 36 to 40 (usual: below"
                  + " 0.05)",
              run -> run.with("policy/approx_kl", step -> 0.2),
              run -> run.with("policy/approx_kl", step -> step % 3 == 0 ? 0.2 : 0.01)),
          new Case(
              "rollout-and-learner-apart",
              "mismatch/logprob_abs_diff_mean 0.100, at most 2, at steps 36 to 40 (usual: below"
                  + " 0.01)",
              run ->
                  run.with("mismatch/logprob_abs_diff_mean", step -> 0.1)
                      .with("mismatch/logprob_abs_diff_max", step -> 2),
              run -> run.with("mismatch/logprob_abs_diff_mean", step -> 0.02)),
          new Case(
              "mostly-clipped",
              "policy/clip_frac 0.600 on average at steps 36 to 40",
              run -> run.with("policy/clip_frac", step -> 0.6),
              run -> run.with("policy/clip_frac", step -> step % 3 == 0 ? 0.6 : 0.3)),
          new Case(
              "never-clipped",
              "policy/clip_frac 0 and policy/approx_kl below 1e-5 at steps 21 to 40, with 2 updates"
                  + " a step",
              run ->
                  run.with("policy/clip_frac", step -> 0)
                      .with("policy/approx_kl", step -> 1e-7)
                      .with("reward/mean", step -> 0.4),
              // an update that moves, but not so far
              run ->
                  run.with("policy/clip_frac", step -> 0)
                      .with("policy/approx_kl", step -> 1e-4)
                      .with("reward/mean", step -> 0.4)),
          new Case(
              "reward-failures",
              // 3 x 10 of 3 x (64 + 10)
              "30 of 222 responses have no reward at steps 38 to 40 (usual: below 5 %)",
              run -> run.with("reward/failed", step -> 10),
              run -> run.with("reward/failed", step -> 3)),
          new Case(
              "reward-without-change",
              "all rewards are 0 at steps 1 to 40",
              run ->
                  run.with("reward/mean", step -> 0)
                      .with("reward/max", step -> 0)
                      .with("reward/frac_zero_std", step -> 1),
              run -> run.with("reward/mean", step -> 0.01)),
          new Case(
              "groups-without-spread",
              "reward/frac_zero_std 0.900 at steps 31 to 40, reward/mean 0.400",
              run -> run.with("reward/frac_zero_std", step -> 0.9).with("reward/mean", step -> 0.4),
              // all are right: there is nothing left to learn
              run ->
                  run.with("reward/frac_zero_std", step -> 0.9).with("reward/mean", step -> 0.95)),
          new Case(
              "skipped-steps",
              "5 of 10 steps made no pair and changed no weight (steps 31 to 40;"
                  + " reward/frac_zero_std 0.300)",
              run ->
                  run.with("preference/pairs", step -> step % 2).with("reward/mean", step -> 0.4),
              run ->
                  run.with("preference/pairs", step -> step % 3).with("reward/mean", step -> 0.4)),
          new Case(
              "truncated-responses",
              "response_length/clip_ratio 0.400 at steps 36 to 40: 40 % of the responses end at"
                  + " rollout.max-new-tokens",
              run -> run.with("response_length/clip_ratio", step -> 0.4),
              run -> run.with("response_length/clip_ratio", step -> 0.2)),
          new Case(
              "chosen-likelihood-falls",
              // -1 for 5 steps, then -3.6 to -4
              "preference/chosen_logprob -1 -> -3.80 (steps 1 to 5 against 36 to 40),"
                  + " preference/chosen_reward -0.300",
              run ->
                  run.with("preference/chosen_logprob", step -> step <= 5 ? -1 : -0.1 * step)
                      .with("preference/chosen_reward", step -> -0.3),
              // other pairs, which are likelier than under the reference
              run ->
                  run.with("preference/chosen_logprob", step -> step <= 5 ? -1 : -0.1 * step)
                      .with("preference/chosen_reward", step -> 0.3)),
          new Case(
              "ranking-below-chance",
              // a coin over 80 pairs has the error 0.056
              "preference/accuracy 0.300 over the 80 pairs of steps 31 to 40 (chance: 0.5)",
              run ->
                  run.with("preference/accuracy", step -> 0.3).with("preference/pairs", step -> 8),
              run ->
                  run.with("preference/accuracy", step -> 0.4).with("preference/pairs", step -> 8)),
          new Case(
              "value-explains-nothing",
              "value/explained_var -0.100 at steps 31 to 40 (1 explains all, 0 nothing)",
              run -> run.with("value/explained_var", step -> -0.1),
              run -> run.with("value/explained_var", step -> 0.1)),
          new Case(
              "not-finite",
              "policy/grad_norm is no number at step 40 and 4 before it",
              run -> run.with("policy/grad_norm", step -> step > 35 ? Double.NaN : 0.7),
              run -> run.with("policy/grad_norm", step -> step == 5 ? 1e9 : 0.7)));

  @ParameterizedTest
  @FieldSource("CASES")
  void aRuleFindsARunThatShowsItAndNoOther(Case one) {
    List<Finding> found = one.ill().apply(MadeRun.healthy()).examined(40).alarms();
    assertThat(found).extracting(Finding::rule).containsExactly(one.rule());
    assertThat(found.get(0).evidence()).isEqualTo(one.evidence());
    assertThat(found.get(0).current()).isTrue();
    assertThat(one.well().apply(MadeRun.healthy()).alarms(40)).isEmpty();
  }

  @Test
  void aHealthyRunHasNoFindingAtAnyStep() {
    Examination examination = new Examination(new RunFacts(8, 2, true, Set.of()));
    MadeRun run = MadeRun.healthy();
    for (long step = 1; step <= 200; step++) {
      assertThat(examination.add(run.step(step))).isEmpty();
    }
    assertThat(examination.findings()).isEmpty();
  }

  @Test
  void everyRuleHasACase() {
    List<String> withCase = CASES.stream().map(Case::rule).toList();
    List<String> elsewhere = List.of("over-optimisation", "length-growth", "loss-is-zero");
    assertThat(Rules.ALL)
        .extracting(Rule::name)
        .allMatch(name -> withCase.contains(name) || elsewhere.contains(name))
        .doesNotHaveDuplicates();
  }

  @Test
  void groupsOfOneResponseHaveNoSpreadAndNeedNone() {
    MadeRun run = MadeRun.healthy().with("reward/frac_zero_std", step -> 1);
    run.with("reward/mean", step -> 0.4);
    assertThat(run.alarms(40)).containsExactly("groups-without-spread");
    assertThat(run.facts(new RunFacts(1, 2, true, Set.of())).alarms(40)).isEmpty();
  }

  @Test
  void aRewardThatTheDataGiveMayBeTheSameForAll() {
    MadeRun run =
        MadeRun.healthy()
            .with("reward/mean", step -> 1)
            .with("reward/min", step -> 1)
            .with("reward/frac_zero_std", step -> 1);
    assertThat(run.alarms(40)).containsExactly("reward-without-change");
    assertThat(run.facts(new RunFacts(8, 2, false, Set.of())).alarms(40)).isEmpty();
  }

  @Test
  void aLossOfZeroWithAGradientIsExplained() {
    MadeRun run =
        MadeRun.healthy().with("policy/loss", step -> 1e-9).with("advantages/mean", step -> 0);
    Examination examined = run.examined(10);
    assertThat(examined.alarms()).isEmpty();
    assertThat(examined.findings()).extracting(Finding::rule).containsExactly("loss-is-zero");
    assertThat(examined.findings().get(0).evidence())
        .isEqualTo(
            "policy/loss 1.0e-09 with policy/grad_norm 0.700 at steps 8 to 10; advantages/mean 0,"
                + " advantages/std 0.900");
    // without a gradient nothing is learned, which the sentence would deny
    assertThat(run.with("policy/grad_norm", step -> 0).examined(10).findings()).isEmpty();
  }
}
