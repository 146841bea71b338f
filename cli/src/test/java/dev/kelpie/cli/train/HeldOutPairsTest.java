package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pairs that the policy ranks at each evaluation. */
class HeldOutPairsTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Path PAIRS = Path.of("src/test/resources/offline-dpo/pairs.jsonl");
  private static final String ACCURACY = "eval/pairs/accuracy";
  private static final String MARGIN = "eval/pairs/margin";

  @TempDir private Path folder = Path.of("");
  private Path pairs = Path.of("");

  /** As many pairs as a step trains on. */
  @BeforeEach
  void writePairs() throws IOException {
    pairs = folder.resolve("pairs.jsonl");
    Files.write(pairs, Files.readAllLines(PAIRS).subList(0, 16));
  }

  /** A step of the same pairs reports them under the weights that it begins with. */
  @Test
  void pairsThatAreTrainedOnHaveTheNumbersOfTheNextStep() throws IOException {
    assertTrained("same", "run.steps=3", "eval.every=1", heldOut());
    for (int step = 1; step < 3; step++) {
      JsonNode next = metrics("same", step + 1);
      double beta = 0.1; // of the loss: the trained margin is one of implicit rewards
      assertThat(metrics("same", step).get(MARGIN).asDouble() * beta)
          .isCloseTo(next.get("preference/margin").asDouble(), within(1e-5));
      assertThat(metrics("same", step).get(ACCURACY).asDouble())
          .isCloseTo(next.get("preference/accuracy").asDouble(), within(1e-9));
    }
    assertThat(metrics("same", 3).get(MARGIN).asDouble()).isPositive();
  }

  @Test
  void evaluationsComeWhenTheyAreDueAndChangeNoBitOfTheWeights() throws IOException {
    assertTrained("held", "run.steps=5", "eval.every=2", "checkpoint.every=1", heldOut());
    for (int step = 1; step <= 5; step++) {
      assertThat(metrics("held", step).has(MARGIN)).isEqualTo(step % 2 == 0 || step == 5);
    }
    assertTrained("plain", "run.steps=5");
    assertThat(summary("held").get("policy-sha256"))
        .isEqualTo(summary("plain").get("policy-sha256"));

    assertTrained("parts", "run.steps=3", "eval.every=2", "checkpoint.every=1", heldOut());
    CommandLineRun resumed =
        CommandLineRun.of(
            "train", "--resume", folder.resolve("parts").toString(), "-D", "run.steps=5");
    assertThat(resumed.code()).as(resumed.err()).isZero();
    for (int step : List.of(2, 4, 5)) {
      assertThat(metrics("parts", step).get(MARGIN)).isEqualTo(metrics("held", step).get(MARGIN));
      assertThat(metrics("parts", step).get(ACCURACY))
          .isEqualTo(metrics("held", step).get(ACCURACY));
    }

    Files.write(pairs, Files.readAllLines(PAIRS).subList(16, 32));
    CommandLineRun other =
        CommandLineRun.of(
            "train", "--resume", folder.resolve("parts").toString(), "-D", "run.steps=6");
    assertThat(other.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(other.err()).contains("eval.pairs-path: ", "has other data than step 5");
  }

  @Test
  void whatPairsCannotBeComparedWithIsRefused() throws IOException {
    assertThat(run("a", heldOut(), "reference.schedule=ema").err())
        .contains("eval.pairs-path: ", "because reference.schedule = ema changes it");
    assertThat(run("b", heldOut(), "reference.model=now", "models.now.policy=current").err())
        .contains("eval.pairs-path: ", "because reference.model = now changes during the run");
    Files.writeString(pairs, "{\"prompt\": \"1+1?\", \"chosen\": \"2\"}\n");
    assertThat(run("c", heldOut(), "data.path=\"" + PAIRS.toAbsolutePath() + "\"").err())
        .contains("data.rejected: rejected (expected: a column: ", "pairs.jsonl:1");
    Files.delete(pairs);
    assertThat(run("d", heldOut(), "data.path=\"" + PAIRS.toAbsolutePath() + "\"").err())
        .contains("eval.pairs-path: " + pairs + " does not exist");
    assertThat(folder).isEmptyDirectory();
  }

  private String heldOut() {
    return "eval.pairs-path=\"" + pairs + "\"";
  }

  private void assertTrained(String name, String... overrides) {
    Path data = folder.resolve("data.jsonl");
    try {
      Files.write(data, Files.readAllLines(PAIRS).subList(0, 16));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> all = new ArrayList<>(List.of("data.path=\"" + data + "\""));
    all.addAll(List.of(overrides));
    CommandLineRun done = run(name, all.toArray(String[]::new));
    assertThat(done.code()).as(done.err()).isZero();
  }

  private TrainedRuns runs() {
    return new TrainedRuns(
        folder,
        List.of(
            "eval.path=",
            "eval.every=0",
            "reward=null",
            "data.form=pairs",
            "data.answer=",
            "rollout.engine=dataset",
            "rollout.prompts-per-step=16",
            "learner.minibatches=1"));
  }

  private CommandLineRun run(String name, String... overrides) {
    return runs().run(name, "quickstart-dpo.conf", overrides);
  }

  private JsonNode metrics(String run, int step) throws IOException {
    for (String line : Files.readAllLines(folder.resolve(run).resolve("metrics.jsonl"))) {
      JsonNode numbers = JSON.readTree(line);
      if (numbers.get("step").asInt() == step) {
        return numbers;
      }
    }
    throw new AssertionError("no step " + step);
  }

  private JsonNode summary(String run) throws IOException {
    return runs().summary(run);
  }
}
