package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Losses over pairs on the quickstart, short: the run's own files prove what was trained. */
class PairRunTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder = Path.of("");
  private TrainedRuns runs = new TrainedRuns(folder, List.of());

  @BeforeEach
  void inFolder() {
    runs = new TrainedRuns(folder, List.of("eval.path="));
  }

  @Test
  void aResumedRunEndsWithTheWeightsAndPairsOfAnUndisturbedOne() throws Exception {
    runs.train("whole", "quickstart-dpo.conf", "run.steps=3");
    runs.train("parts", "quickstart-dpo.conf", "run.steps=2", "checkpoint.every=1");
    runs.resume("parts", 3);
    assertThat(runs.summary("parts").get("policy-sha256"))
        .isEqualTo(runs.summary("whole").get("policy-sha256"));
    assertThat(runs.summary("parts").at("/ledger/clean").asBoolean()).isTrue();
    Map<Long, String> hashes = journalled("whole");
    assertThat(hashes).hasSize(3).isEqualTo(journalled("parts"));
    assertThat(runs.metric("whole", 3, "kl/ref_paired"))
        .isCloseTo(meanLogRatio("whole", 3), within(1e-6));
    for (Map.Entry<Long, String> step : hashes.entrySet()) {
      Path file = folder.resolve("whole/rollouts/step-" + step.getKey() + "-pairs.arrow");
      assertThat(step.getValue()).isEqualTo(sha256(Files.readAllBytes(file)));
    }
  }

  @Test
  void pairsOfDpoAreTheRightAgainstTheWrongSamplesOfAPrompt() throws Exception {
    runs.train("dpo", "quickstart-dpo.conf", "run.steps=1", "learner.minibatches=1");
    Map<SampleId, Float> rewards = rewards("dpo");
    List<TrainedPair> pairs = new PairFiles(folder.resolve("dpo/rollouts")).read(1);
    assertThat(pairs).isNotEmpty();
    for (TrainedPair pair : pairs) {
      assertThat(rewards.get(id(pair.chosen()))).isEqualTo(1);
      assertThat(rewards.get(id(pair.rejected()))).isEqualTo(0);
      assertThat(pair.chosen().group()).isEqualTo(pair.rejected().group());
      assertThat(pair.chosen().logRatio()).isCloseTo(0, within(1e-3)); // the reference is the start
    }
    // Every group with a right and a wrong sample has one pair.
    long mixed =
        rewards.keySet().stream()
            .map(SampleId::group)
            .distinct()
            .filter(
                group ->
                    rewards.entrySet().stream()
                            .filter(sample -> sample.getKey().group().equals(group))
                            .map(Map.Entry::getValue)
                            .distinct()
                            .count()
                        == 2)
            .count();
    assertThat(pairs).hasSize((int) mixed);
    assertThat(runs.metric("dpo", 1, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
  }

  @Test
  void aSideIsRecordedWithTheVariantThatItWasTrainedUnder() throws Exception {
    runs.train(
        "sides",
        "quickstart-dpo.conf",
        "run.steps=1",
        "variants.digit.template=\"9+{prompt}\"",
        "models={under {policy = initial, variant = digit}, plain.policy = initial}",
        "reward.under={type = log-ratio, of = under, to = plain, weight = 0}",
        "algorithm.pairing.variants.chosen=digit");
    ScoredGroups step = new SampleFiles(folder.resolve("sides/rollouts")).read(1);
    List<TrainedPair> pairs = new PairFiles(folder.resolve("sides/rollouts")).read(1);
    assertThat(pairs).isNotEmpty();
    for (TrainedPair pair : pairs) {
      assertThat(pair.chosen().variant()).isEqualTo("digit");
      assertThat(pair.rejected().variant()).isEmpty();
      assertThat(pair.chosen().logprob())
          .isCloseTo(logprob(step, "under", pair.chosen()), within(1e-3));
      assertThat(pair.rejected().logprob())
          .isCloseTo(logprob(step, "plain", pair.rejected()), within(1e-3));
    }
    CommandLineRun shown =
        CommandLineRun.of("samples", folder.resolve("sides").toString(), "--pairs");
    assertThat(shown.out())
        .containsOnlyOnce("\npair 1,")
        .contains("under the prompt variant digit");
  }

  private static double logprob(ScoredGroups step, String model, TrainedPair.Side side) {
    return Objects.requireNonNull(step.numbers(id(side)).get(model)).sum();
  }

  @Test
  void targetsOfSppoAreWinRatesMinusOneHalf() throws Exception {
    runs.train(
        "sppo",
        "quickstart-dpo.conf",
        "run.steps=1",
        "algorithm.preset=sppo",
        "algorithm.select={type = rso, keep = 5, beta = 1}"); // win rates are over the whole group
    Map<SampleId, Float> rewards = rewards("sppo");
    for (TrainedPair pair : new PairFiles(folder.resolve("sppo/rollouts")).read(1)) {
      double wins = 0;
      int group = 0;
      for (Map.Entry<SampleId, Float> other : rewards.entrySet()) {
        if (other.getKey().group().equals(pair.chosen().group())) {
          wins += 1 / (1 + Math.exp(other.getValue() - pair.chosen().score()));
          group++;
        }
      }
      assertThat(pair.chosen().target()).isCloseTo(wins / group - 0.5, within(1e-9));
    }
  }

  @Test
  void bestOfNTrainsOnOneResponseOfAPrompt() throws Exception {
    runs.train("best", "quickstart-dpo.conf", "run.steps=1", "algorithm.preset=best-of-n");
    assertThat(Files.exists(folder.resolve("best/rollouts/step-1-pairs.arrow"))).isFalse();
    assertThat(runs.metric("best", 1, "policy/loss")).isPositive();
  }

  @Test
  void aTermOfWeightZeroChangesNoBit() throws Exception {
    String term = "algorithm.terms.imitate={rows = chosen, loss.type = sft, weight = ";
    runs.train("without", "quickstart-dpo.conf", "run.steps=1");
    runs.train("zero", "quickstart-dpo.conf", "run.steps=1", term + "0}");
    runs.train("one", "quickstart-dpo.conf", "run.steps=1", term + "1}");
    JsonNode without = runs.summary("without").get("policy-sha256");
    assertThat(runs.summary("zero").get("policy-sha256")).isEqualTo(without);
    assertThat(runs.summary("one").get("policy-sha256")).isNotEqualTo(without);
    assertThat(runs.metric("one", 1, "policy/terms/imitate")).isPositive();
  }

  /** Log-ratios of the paired responses of a step, divided by their tokens. */
  private double meanLogRatio(String run, long step) {
    Map<SampleId, Double> ratios = new HashMap<>();
    for (TrainedPair pair : new PairFiles(folder.resolve(run).resolve("rollouts")).read(step)) {
      ratios.put(id(pair.chosen()), pair.chosen().logRatio());
      ratios.put(id(pair.rejected()), pair.rejected().logRatio());
    }
    long tokens =
        new SampleFiles(folder.resolve(run).resolve("rollouts"))
            .read(step).groups().stream()
                .flatMap(group -> group.members().stream())
                .filter(member -> ratios.containsKey(member.trajectory().id()))
                .mapToLong(member -> member.trajectory().response().length())
                .sum();
    return ratios.values().stream().mapToDouble(ratio -> ratio).sum() / tokens;
  }

  private static SampleId id(TrainedPair.Side side) {
    return new SampleId(side.group(), side.sample(), 0);
  }

  private Map<SampleId, Float> rewards(String run) {
    Map<SampleId, Float> rewards = new HashMap<>();
    new SampleFiles(folder.resolve(run).resolve("rollouts"))
        .read(1)
        .groups()
        .forEach(
            group -> {
              for (ScoredTrajectory member : group.members()) {
                rewards.put(member.trajectory().id(), member.reward());
              }
            });
    return rewards;
  }

  private Map<Long, String> journalled(String run) throws IOException {
    Map<Long, String> hashes = new TreeMap<>();
    try (var segments = Files.list(folder.resolve(run).resolve("events"))) {
      for (Path segment : segments.sorted().toList()) {
        for (String line : Files.readAllLines(segment)) {
          JsonNode event = JSON.readTree(line).path("event");
          if (event.path("kind").asText().equals("committed")) {
            hashes.put(event.path("step").asLong(), event.path("pairs-sha256").asText());
          }
        }
      }
    }
    return hashes;
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
