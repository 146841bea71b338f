package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.SampleFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on the responses of a data file, beside TRL ({@code scripts/parity/trl_offline_dpo.py}). */
class DatasetRunTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Path TRL = Path.of("src/test/resources/offline-dpo").toAbsolutePath();
  private static final int STEPS = 8;

  @TempDir private Path folder = Path.of("");

  @Test
  void offlineDpoHasTheLossesAndWeightsOfTrl() throws IOException {
    train("dpo", "run.steps=" + STEPS, "data.shuffle=false");
    JsonNode trl = JSON.readTree(TRL.resolve("trl.json").toFile());
    List<String> lines = Files.readAllLines(folder.resolve("dpo/metrics.jsonl"));
    assertThat(lines).hasSize(STEPS);
    for (int step = 0; step < STEPS; step++) {
      assertThat(JSON.readTree(lines.get(step)).get("policy/loss").asDouble())
          .isCloseTo(trl.get("losses").get(step).asDouble(), within(1e-5));
    }
    assertThat(trl.get("losses").get(STEPS - 1).asDouble()).isLessThan(0.6);
    Map<String, float[]> start = tensors(Shipped.configs().resolve("quickstart/policy"));
    Map<String, float[]> end =
        tensors(folder.resolve("dpo/checkpoints/step-" + STEPS + "/learner/policy"));
    trl.get("tensors")
        .properties()
        .forEach(
            tensor -> {
              double[] change =
                  minus(
                      Objects.requireNonNull(end.get(tensor.getKey())),
                      Objects.requireNonNull(start.get(tensor.getKey())));
              double distance = distance(change, tensor.getValue().get("products"));
              assertThat(distance)
                  .as(tensor.getKey())
                  .isLessThanOrEqualTo(1e-3 * tensor.getValue().get("norm").asDouble());
            });
    assertThat(trl.get("tensors")).hasSize(39);
  }

  /** Root of the mean square of the differences of the products with vectors of signs. */
  private static double distance(double[] change, JsonNode products) {
    double squares = 0;
    for (int projection = 0; projection < products.size(); projection++) {
      double product = 0;
      for (int i = 0; i < change.length; i++) {
        product += sign(projection, i) * change[i];
      }
      double difference = product - products.get(projection).asDouble();
      squares += difference * difference;
    }
    return Math.sqrt(squares / products.size());
  }

  /** The lowest bit of SplitMix64 as a sign. */
  private static double sign(long projection, long index) {
    long z = (index + (projection << 32)) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return 1 - 2.0 * ((z ^ (z >>> 31)) & 1);
  }

  private static double[] minus(float[] end, float[] start) {
    double[] change = new double[start.length];
    for (int i = 0; i < change.length; i++) {
      change[i] = (double) end[i] - start[i];
    }
    return change;
  }

  /** The tensors of a safetensors file in 32-bit numbers. */
  private static Map<String, float[]> tensors(Path checkpoint) {
    try {
      ByteBuffer bytes =
          ByteBuffer.wrap(Files.readAllBytes(checkpoint.resolve("model.safetensors")))
              .order(ByteOrder.LITTLE_ENDIAN);
      byte[] header = new byte[(int) bytes.getLong(0)];
      bytes.get(8, header);
      Map<String, float[]> tensors = new HashMap<>();
      for (Map.Entry<String, JsonNode> entry : JSON.readTree(header).properties()) {
        JsonNode offsets = entry.getValue().path("data_offsets");
        if (!offsets.isMissingNode()) {
          assertThat(entry.getValue().get("dtype").asText()).isEqualTo("F32");
          int from = 8 + header.length + offsets.get(0).asInt();
          float[] numbers = new float[(offsets.get(1).asInt() - offsets.get(0).asInt()) / 4];
          for (int i = 0; i < numbers.length; i++) {
            numbers[i] = bytes.getFloat(from + 4 * i);
          }
          tensors.put(entry.getKey(), numbers);
        }
      }
      return tensors;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void anEpochMeetsEachRowOnceAndAResumedRunGoesOnWithTheNext() throws Exception {
    train("whole", "run.steps=4");
    train("parts", "run.steps=1", "checkpoint.every=1");
    CommandLineRun resumed =
        CommandLineRun.of(
            "train", "--resume", folder.resolve("parts").toString(), "-D", "run.steps=4");
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(summary("parts").get("policy-sha256"))
        .isEqualTo(summary("whole").get("policy-sha256"));
    assertThat(summary("parts").at("/ledger/clean").asBoolean()).isTrue();
    List<String> ids = new ArrayList<>();
    for (long step = 1; step <= 4; step++) {
      for (TrajectoryGroup group : groups("whole", step)) {
        ids.add(group.members().get(0).trajectory().prompt().id());
        assertThat(group.members()).hasSize(2);
      }
    }
    assertThat(ids).hasSize(64).doesNotHaveDuplicates();
  }

  @Test
  void aMixedStepHasGroupsOfTheFileAndSampledOnes() throws Exception {
    train(
        "mix",
        "run.steps=1",
        "rollout.mix=0.25",
        "rollout.group-size=4",
        "rollout.temperature=1",
        "reward.answer.type=regex",
        "reward.answer.pattern=\"=(\\\\d+)\\\\z\"",
        "data.answer=chosen");
    int fromFile = 0;
    int sampled = 0;
    for (TrajectoryGroup group : groups("mix", 1)) {
      boolean own = group.members().get(0).trajectory().generated();
      sampled += own ? 1 : 0;
      fromFile += own ? 0 : 1;
      assertThat(group.members()).hasSize(own ? 4 : 2);
      if (!own) {
        assertThat(group.members()).extracting(ScoredTrajectory::reward).containsExactly(1f, 0f);
      }
    }
    assertThat(fromFile).isEqualTo(4);
    assertThat(sampled).isEqualTo(12);
  }

  private List<TrajectoryGroup> groups(String run, long step) {
    return new SampleFiles(folder.resolve(run).resolve("rollouts")).read(step).groups();
  }

  private void train(String run, String... overrides) throws IOException {
    Path file = folder.resolve(run + ".conf");
    Files.writeString(
        file,
        String.join(
            "\n",
            "run.seed = 1",
            "dashboard.enabled = false",
            "policy.path = " + quoted(Shipped.configs().resolve("quickstart/policy")),
            "data { path = " + quoted(TRL.resolve("pairs.jsonl")) + ", form = pairs }",
            "rollout { engine = dataset, prompts-per-step = 16, max-new-tokens = 26 }",
            "algorithm { preset = online-dpo, loss { type = sigmoid, beta = 0.1 } }",
            "learner { learning-rate = 1e-4, beta1 = 0.9, beta2 = 0.999, weight-decay = 0,"
                + " max-grad-norm = 1, threads = 2 }"));
    List<String> arguments =
        new ArrayList<>(
            List.of("train", file.toString(), "--run-dir", folder.resolve(run).toString()));
    for (String override : overrides) {
      arguments.add("-D");
      arguments.add(override);
    }
    CommandLineRun terminal = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(terminal.code()).as(terminal.err()).isZero();
  }

  private static String quoted(Path path) {
    return JSON.getNodeFactory().textNode(path.toString()).toString();
  }

  private JsonNode summary(String run) throws IOException {
    return JSON.readTree(folder.resolve(run).resolve("summary.json").toFile());
  }
}
