package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Copies of the quickstart's policy whose tokenizer files say what cannot be done. */
class BadTokenizerTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Tokenizers");
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String CONFIG = "tokenizer_config.json";
  private static final String TOKENIZER = "tokenizer.json";

  static final List<Kind> KINDS =
      List.of(
          settings("token behind a gap", "added_tokens_decoder: {\"30\": <think>}", 30),
          settings("token with the id of another", "added_tokens_decoder: {\"2\": <think>}", 2),
          settings("token without a row in the model", "added_tokens_decoder: {\"19\": ...}", 19),
          new Kind(
              "special tokens that are to be split",
              "split_special_tokens: true",
              CONFIG,
              json -> json.put("split_special_tokens", true)),
          new Kind(
              "class with another pipeline",
              "tokenizer_class: T5Tokenizer",
              CONFIG,
              json -> json.put("tokenizer_class", "T5Tokenizer")),
          new Kind(
              "special token of a wrong type",
              "eos_token: 2",
              CONFIG,
              json -> json.put("eos_token", 2)),
          new Kind(
              "clean-up of a model that is not BPE",
              "clean_up_tokenization_spaces: true",
              CONFIG,
              json -> json.put("clean_up_tokenization_spaces", true)),
          new Kind(
              "id behind the bound",
              "model.vocab: {\"!\": 2000000}",
              TOKENIZER,
              json -> json.withObject("/model/vocab").put("!", 2_000_000)),
          new Kind(
              "expression behind the bound",
              "pre_tokenizer: Split by 2,000 characters",
              TOKENIZER,
              json -> split(json, "a?".repeat(1000))),
          new Kind(
              "expression that ends the process",
              "pre_tokenizer: Split by (a+)+$",
              TOKENIZER,
              json -> split(json, "(a+)+$")));

  @TempDir private Path folder = Path.of("");

  /** A way to spoil a file of a tokenizer. */
  record Kind(String what, String input, String file, Consumer<ObjectNode> change) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Kind settings(String what, String input, int id) {
    return new Kind(
        what,
        input,
        CONFIG,
        json ->
            json.putObject("added_tokens_decoder").putObject("" + id).put("content", "<think>"));
  }

  private static void split(ObjectNode json, String expression) {
    ObjectNode split = json.putObject("pre_tokenizer").put("type", "Split");
    split.putObject("pattern").put("Regex", expression);
    split.put("behavior", "Isolated").put("invert", false);
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
    Path file = policy.resolve(kind.file());
    ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
    kind.change().accept(json);
    Files.writeString(file, json.toString());
    Path experiment = SmallExperiment.write(folder, "policy.path = policy");

    String line = Refusal.of(folder, experiment.toString());

    assertThat(line).contains("policy/");
    TABLE.add(kind.what(), kind.input(), line);
  }
}
