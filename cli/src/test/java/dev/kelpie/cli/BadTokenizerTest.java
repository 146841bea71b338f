package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
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
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
  private static final String CONFIG = "tokenizer_config.json";
  private static final String MODEL = "config.json";
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
              json -> split(json, "(a+)+$")),
          new Kind(
              "token with a property of its own",
              "added_tokens_decoder: {\"19\": {\"content\": \"<think>\", \"strip\": true}}",
              CONFIG,
              json ->
                  json.putObject("added_tokens_decoder")
                      .putObject("19")
                      .put("content", "<think>")
                      .put("strip", true)),
          new Kind(
              "token whose property is no boolean",
              "added_tokens_decoder: {\"19\": {\"content\": \"<think>\", \"lstrip\": 1}}",
              CONFIG,
              json ->
                  json.putObject("added_tokens_decoder")
                      .putObject("19")
                      .put("content", "<think>")
                      .put("lstrip", 1)),
          new Kind(
              "tokens by id that are a list",
              "added_tokens_decoder: []",
              CONFIG,
              json -> json.putArray("added_tokens_decoder")),
          new Kind(
              "template without the text",
              "post_processor: TemplateProcessing, single: []",
              TOKENIZER,
              json -> {
                ObjectNode template =
                    json.putObject("post_processor").put("type", "TemplateProcessing");
                template.putArray("single");
                template.putArray("pair");
                template.putObject("special_tokens");
              }),
          new Kind(
              "added tokens that are a block",
              "added_tokens: {\"type\": \"Sequence\"}",
              TOKENIZER,
              json -> json.putObject("added_tokens").put("type", "Sequence")),
          new Kind(
              "class of another pipeline for another model",
              "tokenizer_class: GPT2Tokenizer, model.type: WordLevel",
              CONFIG,
              json -> json.put("tokenizer_class", "GPT2Tokenizer")),
          new Kind(
              "class that is no name",
              "tokenizer_class: 5",
              CONFIG,
              json -> json.put("tokenizer_class", 5)),
          new Kind(
              "name of a model that overrules the class",
              "config.json: \"model_name\": \"phi3\"",
              MODEL,
              json -> json.put("model_name", "phi3")),
          new Kind(
              "code beside the checkpoint",
              "auto_map: {\"AutoTokenizer\": [\"own.Tokenizer\", null]}, tokenizer_class:"
                  + " OwnTokenizer",
              CONFIG,
              json -> code(json, "OwnTokenizer")),
          new Kind(
              "post-processor in the wrong file",
              "tokenizer_config.json: \"post_processor\": {}",
              CONFIG,
              json -> json.putObject("post_processor")),
          new Kind(
              "other file of the tokenizer",
              "fast_tokenizer_files: [\"tokenizer.4.0.json\"]",
              CONFIG,
              json -> json.putArray("fast_tokenizer_files").add("tokenizer.4.0.json")),
          new Kind(
              "id of a template behind the bound",
              "post_processor: TemplateProcessing, ids [1048576]",
              TOKENIZER,
              json ->
                  json.withObject("/post_processor/special_tokens/<s>")
                      .putArray("ids")
                      .add(1_048_576)),
          new Kind(
              "id of cls behind the bound",
              "post_processor: BertProcessing, cls [\"<s>\", 4294967296]",
              TOKENIZER,
              json -> bert(json, 4_294_967_296L, 2)),
          new Kind(
              "id of sep below 0",
              "post_processor: BertProcessing, sep [\"</s>\", -1]",
              TOKENIZER,
              json -> bert(json, 1, -1)),
          new Kind(
              "padding without a token",
              "padding: {\"pad_token\": 0}",
              TOKENIZER,
              json -> json.putObject("padding").put("pad_token", 0)),
          new Kind(
              "token without an id",
              "added_tokens: [{\"content\": \"<x>\"}]",
              TOKENIZER,
              json -> json.putArray("added_tokens").addObject().put("content", "<x>")),
          new Kind(
              "half of a surrogate pair in a token",
              "added_tokens_decoder: {\"19\": {\"content\": \"\\ud800\"}}",
              CONFIG,
              json ->
                  json.putObject("added_tokens_decoder").putObject("19").put("content", "\ud800")),
          new Kind(
              "vocabulary that is a number",
              "model.vocab: 5",
              TOKENIZER,
              json -> json.withObject("/model").put("vocab", 5)),
          new Kind(
              "piece behind the bound",
              "model.vocab: a piece of 5,000 characters",
              TOKENIZER,
              json -> json.withObject("/model/vocab").put("a".repeat(5000), 19)));

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

  private static void code(ObjectNode json, String tokenizerClass) {
    json.put("tokenizer_class", tokenizerClass);
    json.putObject("auto_map").putArray("AutoTokenizer").add("own.Tokenizer").addNull();
  }

  private static void bert(ObjectNode json, long cls, long sep) {
    ObjectNode processor = json.putObject("post_processor").put("type", "BertProcessing");
    processor.putArray("cls").add("<s>").add(cls);
    processor.putArray("sep").add("</s>").add(sep);
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
    Files.writeString(file, JSON.writeValueAsString(json));
    Path experiment = SmallExperiment.write(folder, "policy.path = policy");

    String line = Refusal.of(folder, experiment.toString());

    assertThat(line).contains("policy/");
    TABLE.add(kind.what(), kind.input(), line);
  }
}
