package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Copies of the quickstart's policy, each spoiled in one way. */
class BadCheckpointTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Checkpoints");
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String WEIGHTS = "model.safetensors";
  private static final String NORM = "model.norm.weight";
  private static final String OTHER = "model.layers.0.input_layernorm.weight";

  static final List<Kind> KINDS =
      List.of(
          header(
              "tensor that is missing",
              "no " + NORM,
              header -> {
                header.set("model.other.weight", header.get(NORM));
                header.remove(NORM);
              }),
          text(
              "experts that are missing",
              "config.json: Qwen3MoeForCausalLM with 4 experts, weights without any",
              "config.json",
              text ->
                  text.replace("LlamaForCausalLM", "Qwen3MoeForCausalLM")
                      .replace("\"llama\"", "\"qwen3_moe\"")
                      .replaceFirst(
                          "\\{",
                          "{\"num_experts\": 4, \"num_experts_per_tok\": 2,"
                              + " \"moe_intermediate_size\": 64, \"decoder_sparse_step\": 1, ")),
          header("tensor that is not a parameter", "model.extra.weight", BadCheckpointTest::extra),
          header(
              "tensor of another shape",
              NORM + " of [64, 2]",
              header -> ((ObjectNode) header.get(NORM)).putArray("shape").add(64).add(2)),
          header(
              "tensor of another type",
              NORM + " of I32",
              header -> ((ObjectNode) header.get(NORM)).put("dtype", "I32")),
          header(
              "tensors that overlap",
              "data_offsets of one tensor given to another",
              header ->
                  ((ObjectNode) header.get(NORM))
                      .set("data_offsets", header.get(OTHER).get("data_offsets"))),
          weights(
              "header longer than the file",
              "first 8 bytes: 2^40",
              bytes -> {
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1L << 40);
                return bytes;
              }),
          weights(
              "truncated weights",
              "the last 1,000 bytes are missing",
              bytes -> Arrays.copyOf(bytes, bytes.length - 1000)),
          weights(
              "weights that are NaN",
              "the last 4 bytes: 7f c0 00 00",
              bytes -> {
                ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                all.putFloat(bytes.length - 4, Float.NaN);
                return bytes;
              }),
          new Kind(
              "shard that is missing",
              "model.safetensors.index.json names one.safetensors",
              policy -> {
                Files.delete(policy.resolve(WEIGHTS));
                Files.writeString(
                    policy.resolve("model.safetensors.index.json"),
                    "{\"weight_map\": {\"" + NORM + "\": \"one.safetensors\"}}");
              }),
          new Kind(
              "pickled weights",
              "pytorch_model.bin",
              policy -> Files.move(policy.resolve(WEIGHTS), policy.resolve("pytorch_model.bin"))),
          text(
              "tokenizer larger than the vocabulary",
              "tokenizer.json with id 19, vocab_size 19",
              "tokenizer.json",
              text -> text.replace("\"?\": 18", "\"?\": 18, \"!\": 19")),
          text(
              "unknown architecture",
              "config.json: LamaForCausalLM",
              "config.json",
              text -> text.replace("LlamaForCausalLM", "LamaForCausalLM")),
          text("broken configuration", "config.json: {", "config.json", text -> "{"),
          new Kind(
              "tokenizer that is missing",
              "no tokenizer.json",
              policy -> Files.delete(policy.resolve("tokenizer.json"))),
          new Kind(
              "folder that does not exist",
              "policy.path = policy, beside a folder polcy",
              policy -> Files.move(policy, policy.resolveSibling("polcy"))),
          new Kind(
              "folder without a checkpoint",
              "an empty folder",
              policy -> {
                try (var files = Files.list(policy)) {
                  for (Path file : files.toList()) {
                    Files.delete(file);
                  }
                }
              }),
          config(
              "rotary positions of a kind that is not computed",
              "\"rope_scaling\": {\"rope_type\": \"proportional\", \"factor\": 4.0}"),
          config(
              "rotary positions for each type of layer",
              "\"rope_parameters\": {\"full_attention\": {\"rope_theta\": 10000.0}}"),
          config("window in a family without windows", "\"sliding_window\": 8"),
          config("layers of other types", "\"layer_types\": [\"chunked_attention\"]"),
          config("number that is null", "\"rms_norm_eps\": null"),
          config("longrope without its factors", "\"rope_scaling\": {\"rope_type\": \"longrope\"}"),
          config("activation that is not computed", "\"hidden_act\": \"relu2\""),
          config("quantised weights", "\"quantization_config\": {\"bits\": 4}"),
          config("weights of GPTQ", "\"quantization_config\": {\"quant_method\": \"gptq\"}"),
          config("weights of AWQ", "\"quantization_config\": {\"quant_method\": \"awq\"}"),
          config("weights in FP8", "\"quantization_config\": {\"quant_method\": \"fp8\"}"),
          new Kind(
              "weights of llama.cpp alone",
              "model.gguf",
              policy -> {
                Files.delete(policy.resolve("config.json"));
                Files.move(policy.resolve(WEIGHTS), policy.resolve("model.gguf"));
              }),
          config("model_type of another family", "\"model_type\": \"mistral\""),
          config("head that differs from a tied embedding", "\"tie_word_embeddings\": true"),
          config("prompt and response beyond the positions", "\"max_position_embeddings\": 24"),
          config("too many values", "\"more\": [0, 0, ..., 1.1 million times]", manyValues()),
          text(
              "configuration that is no JSON",
              "config.json: \"vocab_size\" 19",
              "config.json",
              text -> text.replace("\"vocab_size\":", "\"vocab_size\"")),
          new Kind(
              "PEFT adapter",
              "adapter_config.json",
              policy ->
                  Files.writeString(
                      policy.resolve("adapter_config.json"),
                      "{\"base_model_name_or_path\": \"Qwen/Qwen3-0.6B\"}")),
          new Kind(
              "model of llama.cpp",
              "model.gguf, no config.json",
              policy -> Files.move(policy.resolve("config.json"), policy.resolve("model.gguf"))));

  @TempDir private Path folder = Path.of("");

  private interface Spoiler {
    void spoil(Path policy) throws IOException;
  }

  /** A way to spoil a checkpoint. */
  record Kind(String what, String input, Spoiler spoiler) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Kind weights(String what, String input, UnaryOperator<byte[]> change) {
    return new Kind(
        what,
        input,
        policy -> {
          Path weights = policy.resolve(WEIGHTS);
          Files.write(weights, change.apply(Files.readAllBytes(weights)));
        });
  }

  private static Kind header(String what, String input, Consumer<ObjectNode> change) {
    return new Kind(
        what,
        input,
        policy -> {
          Path weights = policy.resolve(WEIGHTS);
          Files.write(weights, withHeader(Files.readAllBytes(weights), change));
        });
  }

  /** Another {@code written} in config.json; the last of two equal keys counts. */
  private static Kind config(String what, String written) {
    return text(
        what,
        "config.json: " + written,
        "config.json",
        text -> text.substring(0, text.lastIndexOf('}')) + ", " + written + "}");
  }

  private static Kind config(String what, String shown, String written) {
    Kind kind = config(what, written);
    return new Kind(what, "config.json: " + shown, kind.spoiler());
  }

  private static String manyValues() {
    return "\"more\": [" + "0,".repeat(1_100_000) + "0]";
  }

  private static Kind text(String what, String input, String name, UnaryOperator<String> change) {
    return new Kind(
        what,
        input,
        policy -> {
          Path file = policy.resolve(name);
          String text = Files.readString(file);
          String changed = change.apply(text);
          assertThat(changed).isNotEqualTo(text);
          Files.writeString(file, changed);
        });
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("KINDS")
  void isRefusedWithFileAndExpectation(Kind kind) throws IOException {
    Path policy = Files.createDirectory(folder.resolve("policy"));
    try (var files = Files.list(Shipped.configs().resolve("quickstart/policy"))) {
      for (Path file : files.toList()) {
        Files.copy(file, policy.resolve(file.getFileName()));
      }
    }
    kind.spoiler().spoil(policy);
    Path experiment = SmallExperiment.write(folder, "policy.path = policy");

    String line = Refusal.of(folder, experiment.toString());

    assertThat(line).contains("policy");
    TABLE.add(kind.what(), kind.input(), line);
  }

  private static void extra(ObjectNode header) {
    long end = 0;
    for (JsonNode tensor : header) {
      end = Math.max(end, tensor.at("/data_offsets/1").asLong());
    }
    ObjectNode extra = header.putObject("model.extra.weight").put("dtype", "F32");
    extra.putArray("shape").add(0);
    ArrayNode offsets = extra.putArray("data_offsets");
    offsets.add(end).add(end);
  }

  private static byte[] withHeader(byte[] file, Consumer<ObjectNode> change) throws IOException {
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    ObjectNode header = (ObjectNode) JSON.readTree(file, 8, length);
    change.accept(header);
    byte[] changed = JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(8 + changed.length + file.length - 8 - length)
            .order(ByteOrder.LITTLE_ENDIAN);
    return out.putLong(changed.length)
        .put(changed)
        .put(file, 8 + length, file.length - 8 - length)
        .array();
  }
}
