package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.BadConfigTest.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Algorithms and rewards that cannot be trained with, alone or together. */
class BadAlgorithmTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Losses, pairs, labels and rewards");

  static final List<Kind> REFUSED =
      List.of(
          new Kind("keys that contradict", "algorithm.kl.coef = 0.1, reference.schedule = none"),
          new Kind("group of one for GRPO", "rollout.group-size = 1"),
          new Kind("unknown preset", "algorithm.preset = gprp"),
          new Kind("unknown loss", "algorithm.loss.type = ppo-clop"),
          new Kind("unknown option of a loss", "algorithm.loss.clip-hihg = 0.3"),
          new Kind(
              "loss without its reference",
              "algorithm { loss.type = ref-kl, kl.coef = 0 }, reference.schedule = none"),
          new Kind("loss over pairs without pairs", "algorithm.loss.type = sigmoid"),
          new Kind("pairs for a policy loss", "algorithm.pairing.type = best-worst"),
          new Kind(
              "unknown pairing", "algorithm { preset = online-dpo, pairing.type = bestworst }"),
          new Kind(
              "pairs of groups of one", "algorithm.preset = online-dpo, rollout.group-size = 1"),
          new Kind(
              "loss over pairs without its reference",
              "algorithm.preset = online-dpo, reference.schedule = none"),
          new Kind(
              "label outside [0, 1]",
              "algorithm { preset = online-dpo, label { type = constant, probability = "
                  + "1.5 } }"),
          new Kind(
              "pairs that agree with a reward that is not there",
              "algorithm { preset = online-dpo, pairing { type = all, agree = [anwser] } }"),
          new Kind(
              "label by a reward that is not there",
              "algorithm { preset = online-dpo, label { type = votes, between = " + "[anwser] } }"),
          new Kind(
              "weight by a reward that is not there",
              "algorithm { preset = online-dpo, weight { type = distance, of = anwser } }"),
          new Kind(
              "uncertainty of a reward that has one score",
              "algorithm { preset = online-dpo, weight { type = uncertainty, of = answer } }"),
          new Kind(
              "variance that no probability has",
              "algorithm { preset = online-dpo, weight { type = uncertainty, max-variance = 1 } }"),
          new Kind(
              "selection by a reward that is not there",
              "algorithm.select { type = balance, thresholds = [0.5], right = anwser }"),
          new Kind(
              "selection without thresholds",
              "algorithm.select { type = balance, right = answer }"),
          new Kind(
              "regression without targets",
              "algorithm { preset = online-dpo, loss.type = regress-response }"),
          new Kind(
              "probability for a loss that takes none",
              "algorithm { preset = online-dpo, loss.type = apo-zero, label { type = "
                  + "scores } }"),
          new Kind(
              "term that needs advantages",
              "algorithm { preset = online-dpo, terms.more.loss.type = ppo-clip }"),
          new Kind("unknown reward", "reward.answer.type = regx"),
          new Kind(
              "KL importance without a KL term",
              "algorithm { kl.coef = 0, loss { type = ppo-clip, kl-importance = ratio " + "} }"),
          new Kind("comparison that nothing uses", "compare.type = scores"),
          new Kind("group reward without a comparison", "group-reward.type = win-rate"),
          new Kind(
              "comparison that is not there", "group-reward.type = win-rate, compare.type = jury"),
          new Kind(
              "comparison for a group reward that compares nothing",
              "group-reward { type = pagerank, tests = [answer] }, compare.type = " + "scores"),
          new Kind(
              "group reward of a reward that is not there",
              "group-reward { type = pagerank, tests = [anwser] }"),
          new Kind(
              "group reward of groups of one",
              "rollout.group-size = 1, group-reward.type = rank, compare.type = "
                  + "scores, algorithm.advantage.type = reinforce-return"),
          new Kind(
              "group reward for an estimator of parts",
              "group-reward.type = rank, compare.type = scores, "
                  + "algorithm.advantage.type = gdpo"),
          new Kind("factor of nothing", "reward.answer.combine = multiply"),
          new Kind("factor without a threshold", "reward.answer.above = 2"),
          new Kind("condition without a column", "reward.answer.when.equals = open"),
          new Kind("direction of one component", "directions.columns = [v]"),
          new Kind(
              "spread of a reward that is not there",
              "algorithm.dynamic-sampling { enabled = true, metric = anwser }"),
          new Kind(
              "spread of groups of one",
              "rollout.group-size = 1, algorithm { dynamic-sampling.enabled = true, "
                  + "advantage.type = reinforce-return }"),
          new Kind(
              "length penalty for pairs",
              "algorithm { preset = online-dpo, overlong.share = 0.2 }"),
          new Kind(
              "constraint on a reward that is not there", "algorithm.constraints.anwser.limit = 1"),
          new Kind(
              "constraint on a loss without advantages",
              "algorithm { loss.type = sft, constraints.answer.limit = 1 }"),
          new Kind(
              "entropy weight outside its bounds",
              "algorithm { entropy { target = 1, max = 0.1 }, entropy-coef = 0.5 }"),
          new Kind(
              "refills for a greedy baseline",
              "algorithm { advantage.type = remax, dynamic-sampling.enabled = true }"),
          new Kind(
              "loss whose sides have roles, with pairs by score",
              "algorithm { preset = online-dpo, loss.type = xpo }"),
          new Kind(
              "the same with a label that names no winner",
              "algorithm { preset = online-dpo, loss.type = xpo, pairing.type = " + "samples }"),
          new Kind(
              "third response that is not learnt",
              "algorithm { preset = online-dpo, pairing.gold-from = policy }"),
          new Kind("loss over single responses without labels", "algorithm.loss.type = kto"),
          new Kind("labels for another loss", "algorithm.response-label.type = mean"),
          new Kind(
              "pairs for a loss over single responses",
              "algorithm { preset = kto, pairing.type = all }"),
          new Kind(
              "labels without undesirable responses",
              "algorithm { preset = kto, response-label.type = all }"),
          new Kind("labels without targets", "algorithm { preset = kto, loss.type = nash-md }"),
          new Kind(
              "logit of votes without a clip",
              "algorithm { preset = online-dpo, loss.type = regress-pair, label { type "
                  + "= logit, between = [answer] } }"),
          new Kind(
              "advantages for a loss that has none",
              "algorithm { preset = kto, advantage.type = grpo }"),
          new Kind("term over pairs beside a policy loss", "algorithm.terms.more.loss.type = sft"),
          new Kind(
              "term over a member without its name",
              "algorithm { preset = online-dpo, terms.more { rows = member, loss { "
                  + "type = sft } } }"),
          new Kind(
              "numbers of tokens that nobody has",
              "algorithm.token-weight { type = numbers, of = rederence }"),
          new Kind("spans without a pattern", "algorithm.token-weight.type = span"),
          new Kind(
              "rewards of tokens without advantages",
              "algorithm { preset = online-dpo, token-reward.type = numbers }"),
          new Kind(
              "weights of a KL that is not there",
              "algorithm { preset = online-dpo, kl-weight.type = numbers }"),
          new Kind(
              "principles that are no columns",
              "algorithm { preset = kto, response-label.type = all, loss.type = sami }"),
          new Kind(
              "principles before a conversation",
              "data.chat = true, algorithm { preset = kto, response-label.type = all,"
                  + " loss { type = sami, principles = [a, b] } }"),
          new Kind("directions that nothing uses", "directions.columns = [v, w]"),
          new Kind(
              "direction with a component that nothing uses",
              "directions.columns = [v, w], reward.answer.weight-column = v"),
          new Kind(
              "term with advantages beside a policy loss",
              "algorithm.terms.more { rows = sampled, loss.type = ppo-clip }"),
          new Kind(
              "term that compares responses beside a policy loss",
              "algorithm.terms.more { rows = sampled, loss.type = bco, label.type = threshold }"),
          new Kind(
              "term over data that there are none of",
              "algorithm.terms.more { rows = data, loss.type = sft }"),
          new Kind(
              "term over samples that there are none of",
              "rollout.group-size = 0, members { a.column = c, b.column = c },"
                  + " algorithm.terms.more { rows = sampled, loss.type = sft }"),
          new Kind(
              "term over a member that is left out",
              "members.gold { column = c, trained = false },"
                  + " algorithm.terms.more { rows = member, member = gold, loss.type = sft }"),
          new Kind(
              "term without its reference",
              "reference.schedule = none,"
                  + " algorithm.terms.more { rows = sampled, loss.type = optimism }"),
          new Kind("policy loss that leaves responses to no term", "algorithm.rows = sampled"),
          new Kind(
              "policy loss that leaves no responses to terms",
              "algorithm { rows = sampled, terms.more { rows = all, loss.type = sft } }"),
          new Kind(
              "policy loss over samples that there are none of",
              "rollout.group-size = 0, members { a.column = c, b.column = c },"
                  + " algorithm { rows = sampled, terms.more { rows = all, loss.type = sft } }"),
          new Kind(
              "rows of a loss over pairs", "algorithm { preset = online-dpo, rows = sampled }"),
          new Kind(
              "refills by the spread of responses without advantages",
              "members.gold.column = c, algorithm { rows = sampled, dynamic-sampling.enabled ="
                  + " true, terms.more { rows = all, loss.type = sft } }"),
          new Kind(
              "queue without a place",
              "algorithm { preset = online-dpo, label { type = people, waiting = 0 } }"),
          new Kind(
              "six people for a pair",
              "algorithm { preset = online-dpo, label { type = people, answers = 6 } }"),
          new Kind(
              "people as their own fallback",
              "algorithm { preset = online-dpo, label { type = people, fallback.type = people } }"),
          new Kind(
              "unknown fallback",
              "algorithm { preset = online-dpo, label { type = people, fallback.type = winer } }"),
          new Kind(
              "fallback by a reward that is not there",
              "algorithm { preset = online-dpo, label { type = people, fallback { type = votes,"
                  + " between = [anwser] } } }"),
          new Kind(
              "router without a fallback",
              "algorithm { preset = online-dpo, label { type = people, router.features = [gap] }"
                  + " }"),
          new Kind(
              "feature that is there twice",
              "algorithm { preset = online-dpo, label { type = people, fallback.type = winner,"
                  + " router.features = [gap, gap] } }"),
          new Kind(
              "people beside samples of any age",
              "algorithm { preset = online-dpo, label { type = people } }, async.max-staleness ="
                  + " 1"),
          new Kind(
              "people in later epochs",
              "algorithm { preset = online-dpo, label { type = people } }, iterations.epochs = 2"),
          new Kind(
              "people and a selection",
              "algorithm { preset = online-dpo, label.type = people, select.type = best }"),
          new Kind(
              "people and refills",
              "algorithm { preset = online-dpo, label.type = people, dynamic-sampling.enabled ="
                  + " true }"),
          new Kind(
              "people and a KL term",
              "algorithm { preset = online-dpo, label.type = people, kl.coef = 0.1 }"),
          new Kind(
              "people and a term over other responses",
              "algorithm { preset = online-dpo, label.type = people, terms.more { rows = sampled,"
                  + " loss.type = sft } }"));

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void writeWhatIsIncluded() throws IOException {
    SmallExperiment.write(folder, "policy.init = random");
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void isRefusedWithKeyValueExpectationAndPlace(Kind kind) throws IOException {
    TABLE.add(kind.what(), kind.written(), kind.refusal(folder));
  }

  @Test
  void runWithoutRewardsIsRefusedWhereScoresAreRead() throws IOException {
    String written = "reward = null, algorithm.preset = online-dpo";
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "include required(\"small.conf\")\n" + written);
    String line = Refusal.of(folder, file.toString());
    assertThat(line).startsWith("reward: none");
    TABLE.add("no reward where scores are read", written, line);
  }
}
