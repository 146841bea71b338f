package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups with members beside the policy: the run's own files prove who wrote what. */
class MemberRunTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder = Path.of("");

  /** SPIN: https://arxiv.org/abs/2401.01335. */
  @Test
  void spinAsksNoRewardAndRejectsWhatThePolicyOfTheStepHasSampled() throws Exception {
    data();
    train("spin", "algorithm.preset=spin", "run.steps=2", "reward=null");
    assertThat(runs().journalled("spin", "consumed")).isNotEmpty();
    assertThat(runs().journalled("spin", "rewarded")).isEmpty();
    for (int step = 1; step <= 2; step++) {
      Map<SampleId, Trajectory> samples = samples("spin", step);
      List<TrainedPair> pairs = pairs("spin", step);
      assertThat(pairs).hasSize(8); // 4 prompts, a response of the data against two samples
      for (TrainedPair pair : pairs) {
        Trajectory chosen = Objects.requireNonNull(samples.get(id(pair.chosen())));
        Trajectory rejected = Objects.requireNonNull(samples.get(id(pair.rejected())));
        assertThat(chosen.origin().member()).isEqualTo("gold");
        assertThat(chosen.origin().provenance()).isEqualTo(Provenance.HUMAN);
        assertThat(chosen.text()).isEqualTo(chosen.prompt().id().replaceFirst("q.*=", "="));
        assertThat(chosen.versions()).isEqualTo(TokenVersions.of());
        assertThat(rejected.origin().member()).isEqualTo("policy");
        assertThat(rejected.versions())
            .isEqualTo(
                TokenVersions.uniform(new PolicyVersion(step - 1L), rejected.response().length()));
      }
      // The reference is the policy before the step: -log sigmoid(0).
      assertThat(metric("spin", step, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
    }
  }

  @Test
  void aResponseAgainstItselfTeachesNothing() throws Exception {
    data();
    train(
        "same",
        "algorithm.preset=spin",
        "run.steps=1",
        "reward=null",
        "rollout.group-size=0",
        "members.other={column = response}",
        "algorithm.pairing.rejected-from=other");
    assertThat(metric("same", 1, "policy/loss")).isCloseTo(Math.log(2), within(1e-6));
    assertThat(metric("same", 1, "policy/grad_norm")).isCloseTo(0, within(1e-6)); // rounding alone
  }

  /** DNO, https://arxiv.org/abs/2404.03715, section 5.1: gold 6, students 5 3 2. */
  @Test
  void scoresOfTheDataMakeTheFourPairsOfDirectNashOptimization() throws Exception {
    data();
    train(
        "dno",
        "algorithm.preset=online-dpo",
        "run.steps=1",
        "reward=null",
        "rollout.group-size=0",
        "members.gold={column = response, score = six, provenance = teacher}",
        "members.a={column = wrong1, score = five}",
        "members.b={column = wrong2, score = three}",
        "members.c={column = wrong3, score = two}",
        "algorithm.pairing={type = all, min-score = 5, min-margin = 2}");
    List<TrainedPair> pairs = pairs("dno", 1);
    assertThat(pairs).hasSize(4 * 4);
    assertThat(pairs.stream().map(pair -> pair.chosen().score() + ">" + pair.rejected().score()))
        .containsOnly("6.0>3.0", "6.0>2.0", "5.0>3.0", "5.0>2.0");
    assertThat(runs().journalled("dno", "rewarded")).isEmpty();
  }

  /**
   * DRIFT, https://arxiv.org/abs/2510.02341: what was logged is rejected, new samples are chosen.
   */
  @Test
  void whatWasLoggedIsRejected() throws Exception {
    data();
    train(
        "drift",
        "algorithm.preset=online-dpo",
        "run.steps=2",
        "reward=null",
        "members.logged={from = file, path = " + quoted(folder.resolve("log.jsonl")) + "}",
        "algorithm.pairing={type = origin, chosen-from = policy, rejected-from = logged}");
    Map<SampleId, Trajectory> samples = samples("drift", 2);
    List<TrainedPair> pairs = pairs("drift", 2);
    assertThat(pairs).hasSize(8);
    for (TrainedPair pair : pairs) {
      Trajectory rejected = Objects.requireNonNull(samples.get(id(pair.rejected())));
      assertThat(rejected.origin().provenance()).isEqualTo(Provenance.LOG);
      assertThat(rejected.text()).isEqualTo("=0");
      assertThat(
              Objects.requireNonNull(samples.get(id(pair.chosen())))
                  .versions()
                  .oldest(new PolicyVersion(9)))
          .isEqualTo(new PolicyVersion(1));
    }
    assertThat(runs().journalled("drift", "rewarded")).isEmpty();
  }

  @Test
  void aResumedRunSamplesWithTheSameEarlierVersions() throws Exception {
    data();
    String[] members = {
      "algorithm.preset=online-dpo",
      "members.old={from = earlier, version = t-2}",
      "members.mix={from = mixture, coef = 0.5}",
      "algorithm.pairing={type = origin, chosen-from = policy, rejected-from = old}",
      "checkpoint.every=1"
    };
    train("whole", with(members, "run.steps=4"));
    train("parts", with(members, "run.steps=3"));
    assertThat(runs().resume("parts", 4).get("policy-sha256"))
        .isEqualTo(runs().summary("whole").get("policy-sha256"));
    for (Trajectory sample : samples("parts", 4).values()) {
      long version = sample.versions().oldest(new PolicyVersion(9)).number();
      // Step 4 is sampled with version 3.
      assertThat(version).isEqualTo(sample.origin().member().equals("old") ? 1 : 3);
      assertThat(sample.generated()).isTrue();
    }
  }

  @Test
  void aNamedModelSamplesAsItsCheckpointAndItsVersionsDo() throws Exception {
    data();
    train("first", "algorithm.preset=online-dpo", "run.steps=1", "checkpoint.every=1");
    String judge = quoted(folder.resolve("first/checkpoints/step-1/learner/policy"));
    String[] common = {
      "algorithm.preset=online-dpo", "run.steps=3", "algorithm.pairing={type = random, ties = keep}"
    };
    train(
        "direct",
        with(
            common,
            "members.a={from = model, path = " + judge + "}",
            "members.b={from = earlier, version = t-1}",
            "members.c={from = earlier, version = initial}"));
    train(
        "named",
        with(
            common,
            "models={judge.path = " + judge + ", before.policy = previous, start.policy = initial}",
            "members.a={from = model, model = judge}",
            "members.b={from = model, model = before}",
            "members.c={from = model, model = start}"));
    assertThat(runs().summary("named").get("policy-sha256"))
        .isEqualTo(runs().summary("direct").get("policy-sha256"));
    for (int step = 1; step <= 3; step++) {
      Map<SampleId, Trajectory> named = samples("named", step);
      assertThat(named).hasSize(4 * 5).isEqualTo(samples("direct", step));
      for (Trajectory sample : named.values()) {
        TokenVersions versions = sample.versions();
        switch (sample.origin().member()) {
          case "a" -> {
            assertThat(sample.origin().provenance()).isEqualTo(Provenance.TEACHER);
            assertThat(versions).isEqualTo(TokenVersions.of());
          }
          case "b" ->
              assertThat(versions.oldest(new PolicyVersion(9)))
                  .isEqualTo(new PolicyVersion(Math.max(0, step - 2)));
          case "c" -> {
            assertThat(sample.origin().provenance()).isEqualTo(Provenance.POLICY);
            assertThat(versions.oldest(new PolicyVersion(9))).isEqualTo(new PolicyVersion(0));
          }
          default -> assertThat(sample.origin()).isEqualTo(Origin.POLICY);
        }
      }
    }
  }

  @Test
  void aMemberUnderAVariantThatIsThePromptChangesNoBit() throws Exception {
    data();
    String[] common = {"algorithm.preset=online-dpo", "run.steps=2"};
    train("plain", with(common, "members.old={from = earlier, version = initial}"));
    train(
        "same",
        with(
            common,
            "variants.same.template=\"{prompt}\"",
            "members.old={from = earlier, version = initial, variant = same}"));
    assertThat(runs().summary("same").get("policy-sha256"))
        .isEqualTo(runs().summary("plain").get("policy-sha256"));
    Map<SampleId, Trajectory> plain = samples("plain", 2);
    samples("same", 2)
        .forEach(
            (id, sample) -> {
              Trajectory other = Objects.requireNonNull(plain.get(id));
              assertThat(sample.response()).isEqualTo(other.response());
              assertThat(sample.rolloutLogprobs()).isEqualTo(other.rolloutLogprobs());
              boolean old = sample.origin().member().equals("old");
              assertThat(sample.origin().variant()).isEqualTo(old ? "same" : "");
            });
  }

  @Test
  void aMemberSamplesUnderItsVariantAndIsScoredUnderThePrompt() throws Exception {
    data();
    String[] common = {
      "algorithm.preset=online-dpo",
      "run.steps=1",
      "algorithm.pairing={type = all, ties = keep}",
      "models={under {policy = initial, variant = digit}, plain.policy = initial}",
      "variants.digit.template=\"9+{prompt}\"",
      "reward.under={type = log-ratio, of = under, to = plain, weight = 0}"
    };
    train("plain", with(common, "members.old={from = earlier, version = initial}"));
    train("own", with(common, "members.old={from = earlier, version = initial, variant = digit}"));
    // The variant of a named model is that of its samples, too.
    train("model", with(common, "members.old={from = model, model = under}"));
    assertThat(samples("model", 1)).isEqualTo(samples("own", 1));
    ScoredGroups step = step("own", 1);
    Map<SampleId, Trajectory> plain = samples("plain", 1);
    int others = 0;
    for (Trajectory sample : samples("own", 1).values()) {
      boolean old = sample.origin().member().equals("old");
      assertThat(sample.origin().variant()).isEqualTo(old ? "digit" : "");
      assertThat(sample.prompt().text()).doesNotStartWith("9+");
      // What it was drawn with is what the model says of it under the prompt of its sampling; all
      // are of the first version.
      PerToken drawn = sample.rolloutLogprobs();
      PerToken under = number(step, "under", sample);
      PerToken own = number(step, "plain", sample);
      assertThat(sum(old ? under : own)).isCloseTo(sum(drawn), within(1e-3));
      assertThat(sum(old ? own : under)).isNotCloseTo(sum(drawn), within(1e-2));
      // Losses look at it under its prompt: the policy before the step is the plain model.
      PerToken policy = step.policyLogprobs().get(sample.id());
      assertThat(sum(Objects.requireNonNull(policy))).isCloseTo(sum(own), within(1e-3));
      Trajectory before = plain.get(new SampleId(sample.id().group(), sample.id().sample(), 0));
      others += sample.response().equals(Objects.requireNonNull(before).response()) ? 0 : 1;
    }
    assertThat(others).isPositive();
  }

  private static PerToken number(ScoredGroups step, String model, Trajectory sample) {
    return Objects.requireNonNull(step.numbers(sample.id()).get(model));
  }

  private static double sum(PerToken numbers) {
    return numbers.sum();
  }

  private ScoredGroups step(String run, long step) {
    return new SampleFiles(folder.resolve(run).resolve("rollouts")).read(step);
  }

  private static String[] with(String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** Prompts with columns of responses and scores, and a log of responses by prompt. */
  private void data() throws IOException {
    List<String> rows = new ArrayList<>();
    List<String> log = new ArrayList<>();
    for (String line :
        Files.readAllLines(Shipped.configs().resolve("quickstart/train.jsonl")).subList(0, 64)) {
      JsonNode row = JSON.readTree(line);
      String id = "q" + rows.size() + "=" + row.get("answer").asText();
      rows.add(
          JSON.createObjectNode()
              .put("id", id)
              .put("prompt", row.get("prompt").asText())
              .put("answer", row.get("answer").asText())
              .put("response", "=" + row.get("answer").asText())
              .put("wrong1", "=1")
              .put("wrong2", "=22")
              .put("wrong3", "=333")
              .put("six", 6)
              .put("five", 5)
              .put("three", 3)
              .put("two", 2)
              .toString());
      log.add(JSON.createObjectNode().put("id", id).put("response", "=0").toString());
    }
    Files.write(folder.resolve("rows.jsonl"), rows);
    Files.write(folder.resolve("log.jsonl"), log);
  }

  private static String quoted(Path path) {
    return "\"" + path + "\"";
  }

  private static SampleId id(TrainedPair.Side side) {
    return new SampleId(side.group(), side.sample(), 0);
  }

  private List<TrainedPair> pairs(String run, long step) {
    return new PairFiles(folder.resolve(run).resolve("rollouts")).read(step);
  }

  private Map<SampleId, Trajectory> samples(String run, long step) {
    Map<SampleId, Trajectory> samples = new HashMap<>();
    step(run, step)
        .groups()
        .forEach(
            group -> {
              for (ScoredTrajectory member : group.members()) {
                Trajectory sample = member.trajectory();
                SampleId id = sample.id();
                samples.put(new SampleId(id.group(), id.sample(), 0), sample);
              }
            });
    return samples;
  }

  private double metric(String run, long step, String name) throws IOException {
    return runs().metric(run, step, name);
  }

  private TrainedRuns runs() {
    return new TrainedRuns(
        folder,
        List.of(
            "eval.path=",
            "data.path=" + quoted(folder.resolve("rows.jsonl")),
            "data.id=id",
            "rollout.prompts-per-step=4",
            "rollout.group-size=2",
            "learner.minibatches=1"));
  }

  private void train(String run, String... overrides) throws IOException {
    runs().train(run, "quickstart-dpo.conf", overrides);
  }
}
