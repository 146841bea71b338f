package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kelpie reward-model} on the planted preference of the pipeline. */
class RewardModelCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder = Path.of("");

  private CommandLineRun train(String name, String... more) {
    List<String> all = new ArrayList<>();
    all.add("reward-model");
    all.add(Shipped.configs().resolve("pipeline-reward-model.conf").toString());
    all.addAll(List.of("--out", folder.resolve(name).toString()));
    all.addAll(List.of(more));
    return CommandLineRun.of(all.toArray(String[]::new));
  }

  @Test
  void learnsThePlantedRuleOfPromptsThatItHasNotSeen() throws IOException {
    CommandLineRun run = train("scorer");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("reward model: " + folder.resolve("scorer"));
    JsonNode json = JSON.readTree(folder.resolve("scorer/reward-model.json").toFile());
    JsonNode heldOut = json.get("models").get(0).get("held-out");
    // 2,048 prompts, of which a tenth is held out, with two pairs each
    assertThat(heldOut.get("pairs").asInt()).isEqualTo(410);
    assertThat(heldOut.get("accuracy").asDouble()).isGreaterThan(0.95);
    assertThat(heldOut.get("length-bias").get("chosen-shorter-accuracy").asDouble())
        .isGreaterThan(0.95);
    assertThat(heldOut.get("reliability")).hasSize(10);
    assertThat(json.get("data").get("sha256").asText()).hasSize(64);
    assertThat(json.get("data").get("training-pairs").asInt()).isEqualTo(3686);
    List<String> metrics = Files.readAllLines(folder.resolve("scorer/metrics.jsonl"));
    assertThat(metrics).hasSize(60);
    assertThat(JSON.readTree(metrics.get(59)).get("reward_model/loss").asDouble())
        .isLessThan(JSON.readTree(metrics.get(0)).get("reward_model/loss").asDouble());
  }

  @Test
  void replacesAModelOnlyWhereItIsAskedTo() throws IOException {
    String[] few = {"-D", "reward-model.steps=1", "-D", "reward-model.held-out=0.005"};
    assertThat(train("one", few).code()).isZero();
    CommandLineRun again = train("one", few);
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err())
        .contains("one holds a checkpoint (expected: a new folder, or --overwrite)");
    List<String> over = new ArrayList<>(List.of(few));
    over.add("--overwrite");
    assertThat(train("one", over.toArray(String[]::new)).code()).isZero();
    // a reward model is trained further, from its own head
    List<String> further = new ArrayList<>(List.of(few));
    further.addAll(List.of("-D", "policy.path=" + folder.resolve("one")));
    assertThat(train("two", further.toArray(String[]::new)).code()).isZero();
    JsonNode config = JSON.readTree(folder.resolve("two/config.json").toFile());
    assertThat(config.get("architectures").get(0).asText())
        .isEqualTo("LlamaForSequenceClassification");
    String first = Files.readAllLines(folder.resolve("two/metrics.jsonl")).get(0);
    assertThat(JSON.readTree(first).get("reward_model/loss").asDouble()).isNotEqualTo(Math.log(2));
  }
}
