package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two epochs of 16 pairs, 4 in a step: the reference's log-probabilities are computed once. */
class ReferenceCacheRunTest {
  private static final Path PAIRS =
      Path.of("src/test/resources/offline-dpo/pairs.jsonl").toAbsolutePath();
  private static final String CACHED = "data/reference_cached";
  private static final int AT_ONCE = 4;
  private static final long EPOCH = 4;
  private static final long STEPS = 2 * EPOCH;

  private static Path experiment(Path folder) throws IOException {
    List<String> pairs = Files.readAllLines(PAIRS).subList(0, (int) EPOCH * AT_ONCE);
    Path rows = Files.write(folder.resolve("pairs.jsonl"), pairs);
    return Files.writeString(
        folder.resolve("pairs.conf"),
        String.join(
            "\n",
            "run.seed = 1",
            "dashboard.enabled = false",
            "policy.path = " + quoted(Shipped.configs().resolve("quickstart/policy")),
            "data { path = " + quoted(rows) + ", form = pairs }",
            "rollout { engine = dataset, prompts-per-step = " + AT_ONCE + ", max-new-tokens = 26 }",
            "algorithm { preset = online-dpo }",
            "learner { learning-rate = 1e-4, threads = 2 }",
            "checkpoint.every = 1"));
  }

  private static String quoted(Path path) {
    return JsonNodeFactory.instance.textNode(path.toString()).toString();
  }

  @Test
  void theSecondEpochComputesNothingAndWhatIsLeftOfTheCacheChangesNoBit(@TempDir Path folder)
      throws IOException {
    TrainedRuns runs = new TrainedRuns(folder, List.of());
    Path config = experiment(folder);
    JsonNode whole = runs.train("whole", config.toString(), "run.steps=" + STEPS);
    for (long step = 1; step <= STEPS; step++) {
      assertThat(runs.metric("whole", step, CACHED)).isEqualTo(step <= EPOCH ? 0 : 1);
    }

    // Resumed in the second epoch: the file is as it was.
    runs.train("parts", config.toString(), "run.steps=5");
    assertThat(hash(runs.resume("parts", STEPS))).isEqualTo(hash(whole));
    for (long step = 6; step <= STEPS; step++) {
      assertThat(runs.metric("parts", step, CACHED)).isEqualTo(1);
    }

    // The last bytes were not written, and others came in their place.
    runs.train("torn", config.toString(), "run.steps=" + EPOCH);
    Path file = runs.of("torn").resolve("cache/logprobs-0.bin");
    byte[] bytes = Files.readAllBytes(file);
    byte[] torn = Arrays.copyOf(bytes, bytes.length / 2 + 300);
    Arrays.fill(torn, bytes.length / 2, torn.length, (byte) 7);
    Files.write(file, torn);
    assertThat(hash(runs.resume("torn", STEPS))).isEqualTo(hash(whole));
    double found = 0;
    for (long step = EPOCH + 1; step <= STEPS; step++) {
      found += AT_ONCE * runs.metric("torn", step, CACHED);
    }
    assertThat(found).isBetween(5.0, 10.0); // about half of 16 pairs

    // The file is gone: everything is computed again, and the weights are the same.
    runs.train("gone", config.toString(), "run.steps=" + EPOCH);
    Files.delete(runs.of("gone").resolve("cache/logprobs-0.bin"));
    assertThat(hash(runs.resume("gone", STEPS))).isEqualTo(hash(whole));
    for (long step = EPOCH + 1; step <= STEPS; step++) {
      assertThat(runs.metric("gone", step, CACHED)).isZero();
    }
  }

  @Test
  void aRunThatSamplesHasNoCache(@TempDir Path folder) throws IOException {
    TrainedRuns runs =
        new TrainedRuns(
            folder,
            List.of(
                "dashboard.enabled=false",
                "eval.path=\"\"",
                "run.steps=1",
                "rollout.prompts-per-step=2",
                "rollout.group-size=4"));
    runs.train("sampled", "quickstart-dpo.conf");
    assertThat(runs.of("sampled").resolve("cache")).doesNotExist();
    assertThat(Files.readString(runs.of("sampled").resolve("metrics.jsonl")))
        .contains("data/responses")
        .doesNotContain(CACHED);
  }

  private static String hash(JsonNode summary) {
    return summary.get("policy-sha256").asText();
  }
}
