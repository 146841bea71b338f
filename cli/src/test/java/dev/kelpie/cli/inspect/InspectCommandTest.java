package dev.kelpie.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.FinishedRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(FinishedRun.Maker.class)
class InspectCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final FinishedRun run;

  @TempDir private Path scratch = Path.of("");

  InspectCommandTest(FinishedRun run) {
    this.run = run;
  }

  @Test
  void showsARun() throws IOException {
    JsonNode json = whole(run.folder());
    assertThat(json.path("kind").asText()).isEqualTo("run");
    assertThat(json.path("status").asText()).isEqualTo("finished");
    assertThat(json.path("steps").asInt()).isEqualTo(2);
    assertThat(json.path("steps-asked").asInt()).isEqualTo(2);
    assertThat(json.path("seed").asInt()).isEqualTo(1);
    assertThat(json.path("experiment").asText()).contains("quickstart.conf, seed 1, Kelpie ");
    assertThat(json.at("/ledger/check").asText()).isEqualTo("clean");
    assertThat(json.at("/ledger/consumed").asInt()).isEqualTo(2 * 8 * 8);
    JsonNode newest = json.path("checkpoints").get(json.path("checkpoints").size() - 1);
    assertThat(newest.path("step").asInt()).isEqualTo(2);
    assertThat(newest.path("state").asText()).isEqualTo("as written");
    assertThat(newest.path("policy-sha256")).isEqualTo(json.path("policy-sha256"));
    assertThat(json.path("weights")).isNotEmpty();
    long parts = 0;
    for (JsonNode part : json.path("disk")) {
      parts += part.path("bytes").asLong();
    }
    assertThat(parts).isPositive().isLessThanOrEqualTo(json.path("bytes").asLong());
    String text = CommandLineRun.of("inspect", run.folder().toString()).out();
    assertThat(text).contains("status").contains("finished").contains("  check").contains("clean");
  }

  @Test
  void showsTheLastWarningsAndNamesADamagedLine() throws IOException {
    Path copy = run.copy(scratch.resolve("copy"));
    Files.writeString(
        copy.resolve("run-events.jsonl"),
        """
        {"time":"2026-01-02T03:04:05Z","level":"info","source":"run","text":"training"}
        {"time":"2026-01-02T03:04:06Z","level":"warning","source":"reward","text":"slow\\u001b"}
        {"time":"2026-01-02T03:0\
        """);
    JsonNode events = whole(copy).path("events");
    assertThat(events.path("info").asInt()).isEqualTo(1);
    assertThat(events.path("warning").asInt()).isEqualTo(1);
    assertThat(events.path("last-troubles")).hasSize(1);
    assertThat(events.at("/last-troubles/0/source").asText()).isEqualTo("reward");
    assertThat(CommandLineRun.of("inspect", copy.toString()).out())
        .contains("reward  slow\\u001b")
        .doesNotContain("\u001b");
    Files.writeString(
        copy.resolve("run-events.jsonl"), "ime\":1}\n{}\n", StandardOpenOption.APPEND);
    broken(copy, "run-events.jsonl:3: damaged line (expected: an object with time, level, source");
  }

  @Test
  void showsACheckpointAndItsPolicy() throws IOException {
    JsonNode step = whole(run.checkpoint());
    assertThat(step.path("kind").asText()).isEqualTo("checkpoint of a run");
    assertThat(step.path("step").asInt()).isEqualTo(2);
    assertThat(step.path("files")).hasSizeGreaterThan(4);
    JsonNode policy = whole(CheckpointStore.policy(run.checkpoint()));
    assertThat(policy.at("/config/architecture").asText()).isEqualTo("LlamaForCausalLM");
    assertThat(policy.at("/config/context").asInt()).isEqualTo(64);
    assertThat(policy.at("/tokenizer/ids").asInt()).isEqualTo(19);
    assertThat(policy.at("/tokenizer/stop-ids/0").asInt()).isEqualTo(2);
    assertThat(policy.path("chat-template").asText()).isEqualTo("none");
    assertThat(policy.path("policy-sha256")).isEqualTo(step.path("policy-sha256"));
    assertThat(policy.path("policy-sha256-by-manifest").asText()).isEqualTo("the same");
    long numbers = 0;
    for (JsonNode tensor : policy.path("tensors")) {
      numbers += tensor.path("bytes").asLong() / 4;
    }
    assertThat(numbers).isEqualTo(policy.at("/config/parameters").asLong());
  }

  @Test
  void showsFiles() throws IOException {
    Path rollout = run.folder().resolve("rollouts/step-1.arrow");
    JsonNode samples = whole(rollout, "--rows", "2");
    assertThat(samples.path("content").asText()).isEqualTo("scored-trajectories");
    assertThat(samples.path("format-version").asText()).isEqualTo("1");
    assertThat(samples.path("rows").asInt()).isEqualTo(64);
    assertThat(samples.path("sha256").asText()).isEqualTo(Sha256.of(rollout));
    assertThat(samples.path("first-rows")).hasSize(2);
    assertThat(samples.at("/first-rows/row 0/response_tokens/0").isInt()).isTrue();
    Path weights = weights(run.folder());
    JsonNode published = whole(weights);
    assertThat(published.path("content").asText()).isEqualTo("weights");
    assertThat(published.path("version").asInt()).isEqualTo(2);
    assertThat(published.path("weights-sha256-checked").asText()).isEqualTo("the same");
    assertThat(published.path("sha256-by-manifest").asText()).isEqualTo("the same");
    assertThat(published.at("/first-rows/row 0/bytes").asText()).endsWith(" bytes");
    JsonNode tensors = whole(Shipped.configs().resolve("quickstart/policy/model.safetensors"));
    assertThat(tensors.at("/tensors/0/name").asText()).isEqualTo("lm_head.weight");
    assertThat(tensors.at("/tensors/0/dtype").asText()).isEqualTo("F32");
    assertThat(tensors.at("/tensors/0/shape/0").asInt()).isEqualTo(19);
  }

  @Test
  void showsWhatIsLeftOfAnArrowFileThatWasCut() throws IOException {
    byte[] whole = Files.readAllBytes(weights(run.folder()));
    Path cut = scratch.resolve("cut.arrow");
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    JsonNode json = broken(cut, cut + ": " + whole.length / 2 + " bytes without a readable footer");
    assertThat(json.path("rows").asInt()).isPositive();
    assertThat(json.path("columns")).hasSize(4);
  }

  @Test
  void findsTheTensorInWhichAByteDiffers() throws IOException {
    Path weights = run.copy(scratch.resolve("copy")).resolve("weights");
    Path file = weights(scratch.resolve("copy"));
    flip(file, Files.size(file) / 2);
    String err = CommandLineRun.of("inspect", file.toString()).err();
    assertThat(err)
        .containsPattern(file + ": another SHA-256 at bytes \\d+ to \\d+ \\(expected: ")
        .containsPattern("tensor model\\.\\S+ has SHA-256 [0-9a-f]{64} \\(expected: ");
    assertThat(err).hasLineCount(2);
    assertThat(weights).exists();
  }

  @Test
  void findsAFileOfACheckpointThatIsNotAsWritten() throws IOException {
    Path copy = run.copy(scratch.resolve("copy"));
    Path step = copy.resolve("checkpoints/step-2");
    Path file = CheckpointStore.policy(step).resolve("model.safetensors");
    flip(file, Files.size(file) - 5);
    broken(copy, "model.safetensors: SHA-256 ");
    JsonNode json = broken(step, "model.safetensors: SHA-256 ");
    assertThat(json.path("problems").toString()).contains("policy-sha256 ");
    broken(
        CheckpointStore.policy(step),
        "(expected: " + json.path("policy-sha256-by-manifest").asText());
    Files.delete(step.resolve("learner/optimizer.safetensors"));
    broken(step, "optimizer.safetensors: missing");
    Files.delete(step.resolve("MANIFEST.json"));
    broken(step, "step-2: no MANIFEST.json (expected: a complete checkpoint)");
  }

  @Test
  void namesAMissingShardAndShowsTheOthers() throws IOException {
    Path policy =
        FinishedRun.copy(CheckpointStore.policy(run.checkpoint()), scratch.resolve("policy"));
    Files.move(
        policy.resolve("model.safetensors"), policy.resolve("model-00001-of-00002.safetensors"));
    Files.writeString(
        policy.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"lm_head.weight\": \"model-00001-of-00002.safetensors\","
            + " \"model.norm.weight\": \"model-00002-of-00002.safetensors\"}}");
    JsonNode json =
        broken(
            policy,
            "model-00002-of-00002.safetensors: missing (expected: it holds model.norm.weight");
    assertThat(json.path("tensors")).hasSizeGreaterThan(10);
    assertThat(json.at("/config/layers").asInt()).isEqualTo(4);
  }

  @Test
  void showsTheTensorsOfASafetensorsFileThatWasCut() throws IOException {
    byte[] whole =
        Files.readAllBytes(Shipped.configs().resolve("quickstart/policy/model.safetensors"));
    Path cut = scratch.resolve("cut.safetensors");
    Files.write(cut, Arrays.copyOf(whole, whole.length - 1000));
    JsonNode json = broken(cut, "truncated, the file ends ");
    assertThat(json.path("tensors")).hasSizeGreaterThan(10);
    assertThat(json.path("tensors").toString()).contains("\"state\":\"cut off\"");
  }

  @Test
  void showsABrokenRun() throws IOException {
    Path copy = run.copy(scratch.resolve("copy"));
    Path segment = copy.resolve("events/000001.jsonl");
    Files.writeString(
        segment, Files.readString(segment).replaceFirst("\"index\":3", "\"index\":4"));
    Files.delete(copy.resolve("experiment.conf"));
    JsonNode json = broken(copy, "damaged line (expected: its length and CRC to fit)");
    assertThat(json.path("problems").toString())
        .contains("experiment.conf: missing (expected: the run's experiment)");
    assertThat(json.at("/ledger/check").asText()).isEqualTo("violated");
    assertThat(json.path("steps").asInt()).isEqualTo(2);
  }

  @Test
  void refusesWhatItDoesNotKnowInOneLine() throws IOException {
    refuses("nowhere: no such file or folder (expected: a run,", scratch.resolve("nowhere"));
    refuses("neither a run nor a checkpoint (expected: experiment.conf", scratch);
    refuses("x.txt: unknown kind of file", Files.writeString(scratch.resolve("x.txt"), "x"));
    CommandLineRun rows =
        CommandLineRun.of("inspect", weights(run.folder()).toString(), "--rows", "-1");
    assertThat(rows.err()).isEqualTo("kelpie: --rows: -1 (expected: at least 0)\n");
  }

  private static Path weights(Path run) {
    return run.resolve("weights/policy-v2.arrow");
  }

  private static void flip(Path file, long at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) at] ^= 1;
    Files.write(file, bytes);
  }

  /** What a whole thing is said to be. */
  private static JsonNode whole(Path target, String... options) throws IOException {
    CommandLineRun shown = inspect(target, options);
    assertThat(shown.err()).isEmpty();
    assertThat(shown.code()).isZero();
    return JSON.readTree(shown.out());
  }

  /** What is still said of a broken thing; {@code message} stands in a line of its own. */
  private static JsonNode broken(Path target, String message) throws IOException {
    CommandLineRun shown = inspect(target);
    assertThat(shown.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(shown.err().lines()).anyMatch(line -> line.contains(message));
    assertThat(shown.err().lines()).allMatch(line -> line.startsWith("kelpie: "));
    return JSON.readTree(shown.out());
  }

  private static void refuses(String message, Path target) {
    CommandLineRun refused = inspect(target);
    assertThat(refused.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(refused.err()).hasLineCount(1).contains(message);
    assertThat(refused.out()).isEmpty();
  }

  private static CommandLineRun inspect(Path target, String... options) {
    String[] all = new String[options.length + 3];
    all[0] = "inspect";
    all[1] = target.toString();
    all[2] = "--json";
    System.arraycopy(options, 0, all, 3, options.length);
    return CommandLineRun.of(all);
  }
}
