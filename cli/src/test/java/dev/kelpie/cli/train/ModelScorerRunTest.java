package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.RewardModels;
import dev.kelpie.cli.Shipped;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.learner.scoring.Classifier;
import dev.kelpie.runs.SampleFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose rewards are scores of models: the run's own files prove what they are. */
class ModelScorerRunTest {
  @TempDir private Path folder = Path.of("");
  private Path rm = Path.of("");
  private Path other = Path.of("");

  @BeforeEach
  void writeModels() throws IOException {
    rm = RewardModels.write(folder, "rm", 1, 3);
    other = RewardModels.write(folder, "other", 2, 4);
  }

  private TrainedRuns runs() throws IOException {
    return new TrainedRuns(
        folder,
        List.of(
            "data.path=" + quoted(Shipped.fewPrompts(folder)),
            "eval.samples=8",
            "rollout.prompts-per-step=4",
            "rollout.group-size=4",
            "learner.minibatches=1",
            "checkpoint.every=1",
            "models.rm.path=" + quoted(rm)));
  }

  private static String quoted(Path path) {
    return "\"" + path + "\"";
  }

  /** A sum of nothing but the model's score. */
  private static final String[] ALONE = {
    "reward=null", "reward.rm={type = model, model = rm, normalize = running}"
  };

  @Test
  void everyScoreIsTheModelsNormalisedByTheStepsBeforeAndSoItIsAfterAResume() throws IOException {
    TrainedRuns runs = runs();
    JsonNode whole = runs.train("run", "quickstart.conf", with(ALONE, "run.steps=3"));
    Scale scale = Scale.NONE;
    try (Classifier model = Classifier.open(Experiment.DEFAULTS, rm, OptionalInt.empty())) {
      for (int step = 1; step <= 3; step++) {
        Scale before = scale;
        for (ScoredTrajectory sample : samples("run", step)) {
          double raw = model.scores(List.of(given(sample.trajectory()))).get(0)[0];
          double wanted = step == 1 ? raw : (raw - before.mean()) / before.deviation();
          assertThat((double) sample.score().parts().get("rm/unscaled"))
              .isCloseTo(raw, within(1e-5));
          assertThat((double) sample.reward()).isCloseTo(wanted, within(1e-4));
          scale = scale.with(sample.score().parts().get("rm/unscaled"));
        }
      }
    }
    List<JsonNode> journalled = runs.journalled("run", "scaled");
    assertThat(journalled).hasSize(3);
    JsonNode last = journalled.get(2).at("/scales/rm");
    assertThat(last.get("count").asLong()).isEqualTo(48);
    assertThat(last.get("mean").asDouble()).isCloseTo(scale.mean(), within(1e-9));
    assertThat(last.get("squares").asDouble()).isCloseTo(scale.squares(), within(1e-6));

    runs.train("parts", "quickstart.conf", with(ALONE, "run.steps=2"));
    assertThat(runs.resume("parts", 3).get("policy-sha256")).isEqualTo(whole.get("policy-sha256"));
    assertThat(runs.journalled("parts", "scaled")).isEqualTo(journalled);
  }

  private static Prompt given(Trajectory sample) {
    return new Prompt(
        "p",
        "",
        sample.prompt().tokens(),
        Optional.empty(),
        Map.of(),
        List.of(new GivenResponse(Origin.POLICY, "", sample.response(), FinishReason.STOP)));
  }

  @Test
  void aHeldOutScorerIsMeasuredAndChangesNoBitOfTheWeights() throws IOException {
    TrainedRuns runs = runs();
    String[] scored = {"run.steps=1", "reward.rm={type = model, model = rm, weight = 0.1}"};
    JsonNode plain = runs.train("plain", "quickstart.conf", scored);
    JsonNode held =
        runs.train(
            "held",
            "quickstart.conf",
            with(
                scored,
                "eval.every=1",
                "models.other={path = " + quoted(other) + ", index = 1}",
                "held-out.gold={type = model, model = other, read = probability}",
                "held-out.same={type = model, model = rm}",
                "checkpoint.best=eval/scorer/gold/mean"));
    assertThat(held.get("policy-sha256")).isEqualTo(plain.get("policy-sha256"));
    for (int step = 0; step <= 1; step++) {
      assertThat(runs.metric("held", step, "eval/scorer/gold/mean")).isBetween(0.0, 1.0);
      assertThat(runs.metric("held", step, "eval/scorer/gold/failed")).isZero();
      // The same model as the reward's has the same numbers.
      assertThat(runs.metric("held", step, "eval/scorer/same/mean"))
          .isEqualTo(runs.metric("held", step, "eval/reward/rm"));
    }
  }

  @Test
  void aRunWithoutRewardsMeasuresItsHeldOutScorers() throws IOException {
    TrainedRuns runs = runs();
    runs.train(
        "spin",
        "quickstart-dpo.conf",
        "algorithm.preset=spin",
        "run.steps=1",
        "reward=null",
        "members.gold={column = answer}",
        "held-out.rm={type = model, model = rm}");
    assertThat(runs.metric("spin", 1, "eval/scorer/rm/mean")).isFinite();
    assertThat(Files.readString(runs.of("spin").resolve("metrics.jsonl")))
        .doesNotContain("eval/reward");
    assertThat(runs.metric("spin", 1, "eval/scorer/rm/failed")).isZero();
    assertThat(runs.summary("spin").at("/ledger/violations")).isEmpty();
  }

  @Test
  void evalRanksPairsByARewardModelBySubset() throws IOException {
    Path pairs = folder.resolve("pairs.jsonl");
    Files.write(
        pairs,
        List.of(
            pair("1", "2", "a"), pair("2", "1", "a"), pair("3", "4", "a"), pair("5", "6", "b")));
    CommandLineRun run =
        CommandLineRun.of(
            "eval",
            Shipped.quickstart(),
            "--reward-model",
            rm.toString(),
            "--pairs",
            pairs.toString(),
            "--by",
            "subset");
    assertThat(run.code()).as(run.err()).isZero();
    // Of the first two pairs, one is the other turned round.
    assertThat(run.out()).contains("4 pairs", "  a: accuracy 0.", "3 pairs", "  b: accuracy ");
    assertThat(run.out()).containsPattern("mean of the subsets: accuracy 0\\.\\d{4}");
  }

  private static String pair(String chosen, String rejected, String subset) {
    return String.format(
        Locale.ROOT,
        "{\"prompt\": \"1+1?\", \"chosen\": \"=%s\", \"rejected\": \"=%s\", \"subset\":"
            + " \"%s\"}",
        chosen,
        rejected,
        subset);
  }

  private List<ScoredTrajectory> samples(String run, long step) {
    return new SampleFiles(folder.resolve(run).resolve("rollouts"))
        .read(step).groups().stream().flatMap(group -> group.members().stream()).toList();
  }

  private static String[] with(String[] some, String... more) {
    String[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }
}
