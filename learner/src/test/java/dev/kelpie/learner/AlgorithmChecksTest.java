package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.Presets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class AlgorithmChecksTest {
  static final List<String> PRESETS = Presets.NAMES;

  @ParameterizedTest
  @FieldSource("PRESETS")
  void everyPresetNamesThingsThatExist(String preset) {
    assertThat(check("algorithm.preset=" + preset)).contains("loss ");
  }

  @Test
  void namesTheNearestLoss() {
    assertThatThrownBy(() -> check("algorithm.loss.type=ppo-clop"))
        .hasMessageContaining("algorithm.loss.type: ppo-clop (expected: loss ppo-clip?");
  }

  @Test
  void refusesAnOptionThatTheLossDoesNotHave() {
    assertThatThrownBy(() -> check("algorithm.loss.clip-hihg=0.3"))
        .hasMessage("algorithm.loss.clip-hihg: unknown key (expected: clip-high?), -D");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rollout.group-size=1 | rollout.group-size: 1 (expected: at least 2, because"
            + " algorithm.advantage.type = grpo compares responses of one prompt), -D",
        "algorithm.advantage.type=gae | value.kind: none (expected: separate or shared, because"
            + " algorithm.advantage.type = gae)",
        "algorithm.dynamic-sampling={enabled = true, metric = anwser} |"
            + " algorithm.dynamic-sampling.metric: anwser (expected: the name of a reward, answer?"
            + " one of answer), -D",
        "algorithm.aggregation=token-maen | algorithm.aggregation: token-maen (expected:"
            + " token-mean? one of token-mean, token-sum, seq-mean-token-sum, seq-mean-token-mean,"
            + " seq-mean-token-sum-norm, prompt-mean), -D",
        "algorithm.loss.type=sigmoid | algorithm.loss.type: sigmoid (expected: a loss over tokens,"
            + " because there is no algorithm.pairing.type, such as best-worst, all, random,"
            + " adjacent, samples, origin, same), -D",
        "algorithm.pairing.type=all | algorithm.pairing.type: all (expected: none, because"
            + " algorithm.loss.type = ppo-clip is not a loss over pairs), -D",
        "algorithm.loss.type=kto | algorithm.loss.type: kto (expected: a loss over tokens,"
            + " because there is no algorithm.response-label.type, such as all, threshold, mean,"
            + " best, score, win-rate, repetition), -D",
        "algorithm.response-label.type=mean | algorithm.response-label.type: mean (expected: none,"
            + " because algorithm.loss.type = ppo-clip is not a loss over single labelled"
            + " responses), -D",
        "algorithm.terms.more.loss.type=sft | algorithm.terms.more.rows: chosen (expected: sampled,"
            + " member, data or all, because algorithm.loss.type = ppo-clip has no pairs), -D",
        "algorithm.terms.more={ rows = all, loss { type = ranked-list } } |"
            + " algorithm.terms.more.loss.type: ranked-list (expected: a loss that needs no other"
            + " response of the step, because algorithm.loss.type = ppo-clip is a loss over"
            + " tokens), -D",
        "algorithm.terms.more={ rows = sampled, loss { type = a2po } } |"
            + " algorithm.terms.more.loss.type: a2po (expected: a loss without advantages such as"
            + " sft, because only algorithm.loss has them), -D"
      })
  void refusesWhatAnotherKeyRulesOut(String override, String message) {
    assertThatThrownBy(() -> check(override)).hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rollout.group-size=1 | rollout.group-size: 1 (expected: at least 2, because"
            + " algorithm.pairing makes pairs of one prompt's responses)",
        "rollout.group-size=0 | rollout.group-size: 0 (expected: at least 1, because there are no"
            + " members)",
        "reference.schedule=none | reference.schedule: none (expected: frozen, refresh, ema or"
            + " previous, because algorithm.loss.type = sigmoid)",
        "algorithm.loss.type=xpo | algorithm.pairing.type: best-worst (expected: samples or origin,"
            + " because the sides of algorithm.loss.type = xpo have roles of their own)",
        "algorithm.pairing.gold-from=policy | algorithm.pairing.gold-from: policy (expected: none,"
            + " because algorithm.loss.type = sigmoid learns no third response)",
        "algorithm.token-reward.type=numbers | algorithm.token-reward.type: numbers (expected:"
            + " none, because algorithm.loss.type = sigmoid has no advantages), -D",
        "algorithm.kl-weight.type=numbers | algorithm.kl-weight.type: numbers (expected: none,"
            + " because no loss has a KL of tokens), -D",
        "algorithm.token-weight={ type = numbers, of = rederence } | algorithm.token-weight.of:"
            + " rederence (expected: numbers reference?",
        "algorithm.token-weight.type=span | algorithm.token-weight.pattern: empty (expected: a"
            + " regular expression)",
        "algorithm.terms.more={ rows = member, loss { type = sft } } | algorithm.terms.more.member:"
            + " \"\" (expected: a name where rows = member, else none)",
        "algorithm.terms.more={ rows = member, member = gold, loss { type = sft } } |"
            + " algorithm.terms.more.member: gold (expected: policy, the only member)",
        "algorithm.terms.more.loss.type=kto | algorithm.terms.more.loss.type: kto (expected: a loss"
            + " without undesirable responses, because algorithm.terms.more.label.type = all"
            + " has none)",
        "algorithm.loss.type=regress-response | algorithm.loss.type: regress-response (expected: a"
            + " loss without targets, because algorithm.label.type = hard makes none), -D",
        "algorithm.pairing.chosen-from=polici | algorithm.pairing.chosen-from: polici (expected:"
            + " policy, the only member), -D",
        "algorithm.pairing.type=origin | algorithm.pairing.type: origin (expected: another one,"
            + " because all responses are of one member, policy), -D",
        "algorithm.label.type=votes | algorithm.label.between: [] (expected: the names of rewards"
            + " that vote), -D",
        "algorithm.terms.more.loss.type=ppo-clip | algorithm.terms.more.loss.type: ppo-clip"
            + " (expected: a loss without advantages such as sft, because pairs have none), -D",
        "value.kind=separate | value.kind: separate (expected: none, because algorithm.loss.type ="
            + " sigmoid is a loss over pairs)"
      })
  void refusesWhatPairsRuleOut(String override, String message) {
    assertThatThrownBy(() -> check("algorithm.preset=online-dpo", override))
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "members.policy={} | members.policy: a member (expected: another name, because the policy's"
            + " own samples have this one)",
        "members.gold={from = colum} | members.gold.from: colum (expected: column? one of column,"
            + " earlier, file, mixture, model), -D",
        "members.gold={from = column, coef = 0.5} | members.gold.coef: 0.5 (expected: no value,"
            + " because from = column), -D",
        "members.gold={from = earlier, version = t-0} | members.gold.version: t-0 (expected:"
            + " initial, present, or t-1, t-2, ...), -D",
        "members.gold={from = mixture, coef = 1.5} | members.gold.coef: 1.5 (expected: in [0.0,"
            + " 1.0]), -D",
        "members.gold={from = file} | members.gold.path: empty (expected: a file of responses)",
        "members.gold={provenance = tacher} | members.gold.provenance: tacher (expected: teacher?"
            + " one of human, teacher, log, reference, policy), -D",
        "members.old={column = c} | algorithm.pairing.chosen-from: gold (expected: old? one of old,"
            + " policy)",
        "members.gold={trained = false} | algorithm.pairing.chosen-from: gold (expected: a member"
            + " with trained = true)",
        "algorithm.pairing.min-margin=1 | algorithm.pairing.min-margin: 1.0 (expected: no value,"
            + " because algorithm.pairing.type = origin makes pairs whatever their scores), -D",
        "algorithm.pairing.chosen-from= | algorithm.pairing.chosen-from: empty (expected: the name"
            + " of a member, because algorithm.pairing.type = origin; one of policy, gold)",
        "members.more={column = c}, rollout.group-size=0 | algorithm.pairing.rejected-from: policy"
            + " (expected: one of gold, more)"
      })
  void refusesMembersThatAreNotThere(String override, String message) {
    String members = override.startsWith("members.old") ? "members.gold=null" : "run.steps=3";
    String[] both = override.split(", (?=rollout)", -1);
    assertThatThrownBy(
            () -> check("algorithm.preset=spin", members, both[0], both[both.length - 1]))
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"samples", "same"})
  void pairsWhateverTheirScoresNeedNoMembers(String pairing) {
    String[] overrides = {
      "algorithm.preset=online-dpo",
      "variants.long.template=\"again: {prompt}\"",
      "algorithm.pairing={type = " + pairing + ", variants.chosen = long}"
    };
    assertThat(check(overrides)).contains("pairs " + pairing + ",");
  }

  @Test
  void importanceIsOnlyCorrectedWhereThereAreLogProbabilities() {
    String correction = "algorithm.loss.correction=token-tis";
    assertThatThrownBy(() -> check(correction, "members.gold={column = c}"))
        .hasMessageStartingWith(
            "members.gold.from: column (expected: a source with log-probabilities such as model,");
    assertThat(check(correction, "members.gold={column = c, trained = false}"))
        .endsWith(", member gold from column");
  }

  @Test
  void scoresAreAskedForOnlyWhereSomethingReadsThem() {
    String alone = "eval.path=";
    assertThat(scores("algorithm.preset=spin", alone)).isEmpty();
    assertThat(scores("algorithm.preset=spin")).startsWith("eval.path = ");
    assertThat(scores("algorithm.preset=spin", alone, "algorithm.label.type=win-rate"))
        .isEqualTo("algorithm.label.type = win-rate");
    assertThat(scores("algorithm.preset=spin", alone, "algorithm.select.type=best"))
        .isEqualTo("algorithm.select.type = best");
    assertThat(scores("algorithm.preset=online-dpo", alone))
        .isEqualTo("algorithm.pairing.type = best-worst");
    assertThat(scores("algorithm.preset=grpo", alone)).isEqualTo("algorithm.advantage.type = grpo");
    // all responses come with a score
    assertThat(
            scores(
                "algorithm.preset=online-dpo",
                alone,
                "rollout.group-size=0",
                "members.a={column = a, score = x}",
                "members.b={column = b, score = y}"))
        .isEmpty();
  }

  private static String scores(String... overrides) {
    return ExperimentFiles.load(Path.of("../configs/quickstart.conf"), List.of(overrides))
        .check(AlgorithmChecks::scoresFor)
        .orElse("");
  }

  @ParameterizedTest
  @ValueSource(strings = {"reinforce-plus-plus", "reinforce-return"})
  void oneResponseIsEnoughWhereNoneAreCompared(String estimator) {
    String text = check("algorithm.advantage.type=" + estimator, "rollout.group-size=1");
    assertThat(text).startsWith("advantage " + estimator + ",");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "algorithm.response-label.type=all | algorithm.loss.type: kto (expected: a loss without"
            + " undesirable responses, because algorithm.response-label.type = all has none)",
        "algorithm.loss.type=nash-md | algorithm.loss.type: nash-md (expected: a loss without"
            + " targets, because algorithm.response-label.type = mean makes none), -D",
        "algorithm.pairing.type=all | algorithm.pairing.type: all (expected: none, because"
            + " algorithm.loss.type = kto is not a loss over pairs), -D",
        "algorithm.margin.type=score | algorithm.margin.type: score (expected: none, because"
            + " algorithm.loss.type = kto is not a loss over pairs), -D",
        "algorithm.advantage.type=grpo | algorithm.advantage.type: grpo (expected: none, because"
            + " algorithm.loss.type = kto is a loss over single responses), -D",
        "reference.schedule=none | reference.schedule: none (expected: frozen, refresh, ema or"
            + " previous, because algorithm.loss.type = kto)"
      })
  void refusesWhatLabelsRuleOut(String override, String message) {
    assertThatThrownBy(() -> check("algorithm.preset=kto", override))
        .hasMessageStartingWith(message);
  }

  private static String check(String... overrides) {
    return ExperimentFiles.load(Path.of("../configs/quickstart.conf"), List.of(overrides))
        .check(AlgorithmChecks::check);
  }
}
