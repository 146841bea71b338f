package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every bad input gets one clear line, exit code 2, and leaves no run folder behind. */
class BadInputTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder = Path.of("");

  @Test
  void misspeltKeyGetsTheNearestName() {
    refuses("rollout.temprature: unknown key (expected: temperature?)", "rollout.temprature=1");
  }

  @Test
  void wrongTypeNamesTheTypeThatIsExpected() {
    refuses("rollout.temperature: hot (expected: a number)", "rollout.temperature=hot");
  }

  @Test
  void valueOutOfRangeNamesTheRange() {
    refuses("rollout.temperature: -1.0 (expected: above 0)", "rollout.temperature=-1");
  }

  @Test
  void syntaxErrorNamesFileAndLine() throws IOException {
    Path file = Files.writeString(folder.resolve("broken.conf"), "run { steps = 5\n");
    refusesFile("broken.conf:2", file.toString());
  }

  @Test
  void missingExperimentIsNamed() {
    refusesFile("no such file", folder.resolve("nowhere.conf").toString());
  }

  @Test
  void missingDataFileIsNamed() {
    refuses("nowhere.jsonl does not exist", "data.path=" + folder.resolve("nowhere.jsonl"));
  }

  @Test
  void missingColumnNamesTheColumnsThereAre() {
    refuses(
        "data.prompt: question (expected: a column: one of prompt, answer)",
        "data.prompt=question");
  }

  @Test
  void brokenJsonNamesFileAndLine() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("broken.jsonl"),
            "{\"prompt\":\"1+1?\",\"answer\":\"2\"}\n{\"prompt\": oops\n");
    refuses("broken.jsonl:2: broken JSON", "data.path=" + file);
  }

  @Test
  void promptOverTheLimitIsAnErrorWhereAskedFor() {
    refuses(
        "data.max-prompt-tokens: 4 (expected: at least 9",
        "data.max-prompt-tokens=4",
        "data.too-long=error");
  }

  @Test
  void dataSetOfOverlongPromptsIsRefused() {
    refuses("all 8192 of", "data.max-prompt-tokens=4");
  }

  @Test
  void missingTensorIsNamed() throws IOException {
    Path policy =
        policy(
            header -> {
              header.set("model.other.weight", header.get("model.norm.weight"));
              return header.without("model.norm.weight");
            },
            bytes -> bytes);
    refuses("model.norm.weight: missing (expected: [128]", "policy.path=" + policy);
  }

  @Test
  void extraTensorIsNamed() throws IOException {
    Path policy =
        policy(
            header -> {
              long end = 0;
              for (JsonNode tensor : header) {
                end = Math.max(end, tensor.at("/data_offsets/1").asLong());
              }
              ObjectNode extra = header.putObject("model.extra.weight").put("dtype", "F32");
              extra.putArray("shape").add(0);
              extra.putArray("data_offsets").add(end).add(end);
              return header;
            },
            bytes -> bytes);
    refuses("model.extra.weight: not a parameter", "policy.path=" + policy);
  }

  @Test
  void misshapenTensorIsNamed() throws IOException {
    Path policy =
        policy(
            header -> {
              ((ObjectNode) header.get("model.norm.weight")).putArray("shape").add(64).add(2);
              return header;
            },
            bytes -> bytes);
    refuses("model.norm.weight: shape [64, 2] (expected: [128]", "policy.path=" + policy);
  }

  @Test
  void truncatedWeightsAreRefused() throws IOException {
    Path policy =
        policy(
            header -> header,
            bytes -> {
              byte[] cut = new byte[bytes.length - 1000];
              System.arraycopy(bytes, 0, cut, 0, cut.length);
              return cut;
            });
    refuses("truncated", "policy.path=" + policy);
  }

  @Test
  void vocabularySmallerThanTheTokenizersIsRefused() throws IOException {
    Path policy = policy(header -> header, bytes -> bytes);
    Path tokenizer = policy.resolve("tokenizer.json");
    Files.writeString(
        tokenizer, Files.readString(tokenizer).replace("\"?\": 18", "\"?\": 18, \"!\": 19"));
    refuses("vocab", "policy.path=" + policy);
  }

  @Test
  void runFolderThatExistsIsRefused() {
    CommandLineRun terminal =
        CommandLineRun.of("train", Shipped.quickstart(), "--run-dir", folder.toString());
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.err()).contains("exists (expected: a new folder");
  }

  /** A copy of the quickstart's policy, its weight file's header and bytes changed. */
  private Path policy(UnaryOperator<ObjectNode> header, UnaryOperator<byte[]> bytes)
      throws IOException {
    Path source = Shipped.configs().resolve("quickstart/policy");
    Path copy = Files.createDirectories(folder.resolve("policy"));
    try (var files = Files.list(source)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    Path weights = copy.resolve("model.safetensors");
    Files.write(weights, bytes.apply(withHeader(Files.readAllBytes(weights), header)));
    return copy;
  }

  private static byte[] withHeader(byte[] file, UnaryOperator<ObjectNode> change)
      throws IOException {
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    ObjectNode header = (ObjectNode) JSON.readTree(file, 8, length);
    byte[] changed = JSON.writeValueAsString(change.apply(header)).getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(8 + changed.length + file.length - 8 - length)
            .order(ByteOrder.LITTLE_ENDIAN);
    return out.putLong(changed.length)
        .put(changed)
        .put(file, 8 + length, file.length - 8 - length)
        .array();
  }

  private void refuses(String message, String... overrides) {
    List<String> arguments = new ArrayList<>(List.of(Shipped.quickstart()));
    for (String override : overrides) {
      arguments.add("-D");
      arguments.add(override);
    }
    refusesFile(message, arguments.toArray(String[]::new));
  }

  private void refusesFile(String message, String... arguments) {
    Path run = folder.resolve("run");
    List<String> all = new ArrayList<>(List.of("train", "--run-dir", run.toString()));
    all.addAll(List.of(arguments));
    CommandLineRun terminal = CommandLineRun.of(all.toArray(String[]::new));
    assertThat(terminal.err()).contains(message);
    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(run).doesNotExist();
  }
}
