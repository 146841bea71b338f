package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.file.Manifest;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Iterations on the quickstart, short: the run's own files prove what was trained. */
class IterationRunTest {

  @TempDir private Path folder = Path.of("");

  @Test
  void aRunThatIsResumedWithinAnIterationEndsWithTheSameWeights() throws Exception {
    String[] iterations = {
      "iterations={steps = 2, epochs = 2, replay = [0.5, 0.25]}", "reference.schedule=previous",
    };
    train("whole", 8, iterations);
    String sha256 = summary("whole").get("policy-sha256").asText();
    // Step 1 is in the middle of sampling, step 3 in the second epoch, step 4 at an advance.
    train("parts", 8, with(iterations, "checkpoint.every=1"));
    for (int step : List.of(1, 3, 4)) {
      for (int later = 8; later > step; later--) {
        deleteCheckpoint("parts", later);
      }
      Files.deleteIfExists(folder.resolve("parts/summary.json"));
      CommandLineRun resumed =
          CommandLineRun.of("train", "--resume", folder.resolve("parts").toString());
      assertThat(resumed.code()).as(resumed.err()).isZero();
      assertThat(summary("parts").get("policy-sha256").asText()).isEqualTo(sha256);
      assertThat(summary("parts").at("/ledger/clean").asBoolean()).isTrue();
    }
    // Four steps of 4 groups of 4 samples; those of steps 1 2 and 5 6 are trained on twice. Steps 5
    // to 8 have half of the groups of the iteration before, there is none before that.
    assertThat(summary("whole").at("/ledger/consumed").asLong()).isEqualTo(64);
    assertThat(summary("whole").at("/ledger/replayed").asLong()).isEqualTo(64 + 4 * 2 * 4);
    assertThat(metric("whole", 5, "iteration/replayed")).isEqualTo(8);
    assertThat(metric("whole", 5, "iteration/replay_absent")).isEqualTo(1);
    assertThat(metric("whole", 7, "iteration/replayed")).isEqualTo(24);
    assertThat(metric("whole", 7, "iteration/number")).isEqualTo(2);
    assertThat(metric("whole", 7, "iteration/epoch")).isEqualTo(2);
    assertThat(metric("whole", 4, "staleness/max")).isEqualTo(3);
    assertThat(metric("whole", 8, "staleness/max")).isEqualTo(7); // samples of version 0
    // A later epoch has the pairs of the first one, and no samples of its own.
    assertThat(names("whole", 3)).isEqualTo(names("whole", 1));
    assertThat(folder.resolve("whole/rollouts/step-3.arrow")).doesNotExist();
  }

  @Test
  void aLaterEpochHasTheNumbersOfNamedModelsAndTheVariantsOfPrompts() throws Exception {
    train(
        "named",
        8,
        "iterations={steps = 2, epochs = 2}",
        "models={now.policy = current, start.policy = initial}",
        "variants.again.template=\"0+{prompt}\"",
        "algorithm.pairing={type = all, ties = keep, variants.chosen = again}",
        "algorithm.label={type = log-ratio, of = now, to = start}");
    assertThat(new SampleFiles(folder.resolve("named/rollouts")).read(5).numbers())
        .containsOnlyKeys("now", "start", "reference", "reference under again");
    // Step 7 is trained on the samples of step 5, whose models no longer have the same weights.
    assertThat(names("named", 7)).isEqualTo(names("named", 5));
    assertThat(pairs("named", 7).stream().map(TrainedPair::probability))
        .isEqualTo(pairs("named", 5).stream().map(TrainedPair::probability).toList())
        .anyMatch(probability -> probability != 0.5);
  }

  @Test
  void stagesOfCurryDpoTrainOnSmallerAndSmallerGaps() throws Exception {
    // https://arxiv.org/abs/2403.07230: the best against the worst, the next one, and the next.
    train(
        "curry",
        3,
        "reference.schedule=previous",
        "rollout={prompts-per-step = 4, group-size = 4}",
        "reward.size={type = length, per-token = 0.125}",
        "algorithm.pairing={type = best-worst, rank = 3}",
        "iterations.stages=[{until = 1, set { algorithm.pairing.rank = 1 }}, {until = 2, set {"
            + " algorithm.pairing.rank = 2 }}]");
    for (int stage = 1; stage <= 3; stage++) {
      List<TrainedPair> pairs = pairs("curry", stage);
      assertThat(pairs).isNotEmpty();
      for (TrainedPair pair : pairs) {
        List<Double> scores = scores("curry", stage, pair.chosen().group());
        assertThat(pair.chosen().score()).isEqualTo(scores.get(scores.size() - 1));
        assertThat(pair.rejected().score()).isEqualTo(scores.get(stage - 1));
        // The reference is the policy that the stage began with.
        assertThat(pair.chosen().logRatio()).isCloseTo(0, within(1e-3));
      }
      Path resolved = folder.resolve("curry/experiment-stage-" + stage + ".conf");
      assertThat(Files.readString(resolved)).contains("rank = " + stage);
    }
    List<JsonNode> began = journalled("curry", "iteration-began");
    assertThat(began.get(1).get("weights-sha256"))
        .isEqualTo(journalled("curry", "committed").get(0).get("weights-sha256"));
  }

  @Test
  void anIterationIsExtrapolatedElementByElement() throws Exception {
    train("copy", 2, "iterations={steps = 2}");
    train("zero", 2, "iterations={steps = 2, advance {type = extrapolate, alpha = 0}}");
    train("beyond", 2, "iterations={steps = 2, advance {type = extrapolate, alpha = 0.3}}");
    train("between", 2, "iterations={steps = 2, advance {type = average, alpha = 0.25}}");
    assertThat(summary("zero").get("policy-sha256"))
        .isEqualTo(summary("copy").get("policy-sha256"));
    assertThat(journalled("beyond", "advanced").get(0).get("weights-sha256"))
        .isEqualTo(
            Manifest.in(folder.resolve("beyond/checkpoints/step-2"))
                .orElseThrow()
                .facts()
                .get("weights-sha256"));
    Map<String, float[]> start = weights(Shipped.configs().resolve("quickstart/policy"));
    Map<String, float[]> trained = weights(policy("copy", 2));
    Map<String, float[]> beyond = weights(policy("beyond", 2));
    Map<String, float[]> between = weights(policy("between", 2));
    boolean moved = false;
    for (String name : trained.keySet()) {
      for (int i = 0; i < trained.get(name).length; i++) {
        float t1 = Objects.requireNonNull(start.get(name))[i];
        float t2 = trained.get(name)[i];
        assertThat(Objects.requireNonNull(beyond.get(name))[i]).isEqualTo(t2 + 0.3f * (t2 - t1));
        assertThat(Objects.requireNonNull(between.get(name))[i]).isEqualTo(t2 + 0.25f * (t1 - t2));
        moved |= t1 != t2;
      }
    }
    assertThat(moved).isTrue();
  }

  @Test
  void aDiscardedBranchSamplesTheNextIterationAndLeavesNoTraceInTheWeights() throws Exception {
    // https://arxiv.org/abs/2508.06026: the future's samples, the present's weights.
    String discard = "iterations.branch.discard=true";
    train("future", 4, discard, "checkpoint.every=1");
    String start = journalled("future", "iteration-began").get(0).get("weights-sha256").asText();
    List<JsonNode> discarded = journalled("future", "branch-discarded");
    assertThat(discarded).hasSize(2);
    assertThat(discarded.get(0).get("weights-sha256").asText()).isEqualTo(start);
    assertThat(discarded.get(0).get("to").asLong()).isZero();
    List<JsonNode> committed = journalled("future", "committed");
    assertThat(discarded.get(1).get("weights-sha256"))
        .isEqualTo(committed.get(1).get("weights-sha256"));
    assertThat(committed.get(0).get("weights-sha256").asText()).isNotEqualTo(start);
    // Step 2 is trained on samples of the future, version 1.
    TrajectoryGroup group = samples("future", 2).get(0);
    assertThat(group.members().get(0).trajectory().versions().get(0).number()).isEqualTo(1);

    deleteCheckpoint("future", 4);
    deleteCheckpoint("future", 3);
    deleteCheckpoint("future", 2);
    String sha256 = summary("future").get("policy-sha256").asText();
    CommandLineRun resumed =
        CommandLineRun.of("train", "--resume", folder.resolve("future").toString());
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(summary("future").get("policy-sha256").asText()).isEqualTo(sha256);
  }

  private static String[] with(String[] some, String more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.add(more);
    return all.toArray(String[]::new);
  }

  private void deleteCheckpoint(String run, int step) throws IOException {
    Path checkpoint = folder.resolve(run + "/checkpoints/step-" + step);
    if (Files.exists(checkpoint)) {
      try (var files = Files.walk(checkpoint)) {
        for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private Path policy(String run, int step) {
    return folder.resolve(run + "/checkpoints/step-" + step + "/learner/policy");
  }

  private static Map<String, float[]> weights(Path folder) {
    Map<String, float[]> weights = new TreeMap<>();
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      for (WeightSnapshot.Tensor tensor : checkpoint.tensors()) {
        FloatBuffer numbers = FloatBuffer.allocate((int) tensor.elements());
        checkpoint.read(
            tensor,
            1 << 20,
            chunk -> numbers.put(chunk.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer()));
        weights.put(tensor.name(), numbers.array());
      }
    }
    return weights;
  }

  private List<TrainedPair> pairs(String run, long step) {
    return new PairFiles(folder.resolve(run + "/rollouts")).read(step);
  }

  /** The samples of the pairs of a step. */
  private List<String> names(String run, long step) {
    return pairs(run, step).stream()
        .map(
            pair ->
                pair.chosen().group()
                    + " "
                    + pair.chosen().sample()
                    + " "
                    + pair.rejected().sample())
        .toList();
  }

  private List<TrajectoryGroup> samples(String run, long step) {
    return new SampleFiles(folder.resolve(run + "/rollouts")).read(step).groups();
  }

  /** The scores of a group, ascending. */
  private List<Double> scores(String run, long step, GroupId id) {
    return samples(run, step).stream()
        .filter(group -> group.id().equals(id))
        .flatMap(group -> group.members().stream())
        .map(member -> (double) member.reward())
        .sorted()
        .toList();
  }

  private List<JsonNode> journalled(String run, String kind) throws IOException {
    return runs().journalled(run, kind);
  }

  private double metric(String run, long step, String name) throws IOException {
    return runs().metric(run, step, name);
  }

  private TrainedRuns runs() {
    return new TrainedRuns(
        folder,
        List.of(
            "eval.path=",
            "learner.minibatches=1",
            "checkpoint.keep=10",
            "rollout={prompts-per-step = 4, group-size = 4}"));
  }

  private void train(String run, int steps, String... overrides) throws IOException {
    runs().train(run, "quickstart-dpo.conf", with(overrides, "run.steps=" + steps));
  }

  private JsonNode summary(String run) throws IOException {
    return runs().summary(run);
  }
}
