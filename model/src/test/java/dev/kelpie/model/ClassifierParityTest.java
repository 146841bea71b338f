package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.SequenceBatch.Row;
import dev.kelpie.model.architecture.Architectures;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.architecture.ScoreHead;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Classifiers as transformers computes them: {@code scripts/parity/classifiers.py}. */
class ClassifierParityTest {
  private static final NativeThread THREAD = NativeThread.start("classifier-test", 1);
  private static final Path EXPECTED = Path.of("src/test/resources/parity/classifiers.jsonl");

  @AfterAll
  static void stop() {
    THREAD.close();
  }

  @ParameterizedTest
  @MethodSource("classifiers")
  void logitsAndStatesAreThoseOfTransformers(String name, @TempDir Path folder) throws Exception {
    JsonNode expected = expected(name);
    write(folder, expected.get("config").asText());
    ScoreHead head =
        name.contains("Token")
            ? new ScoreHead(2, OptionalInt.empty()) // of the last token
            : ScoreHead.open(folder);
    THREAD.call(
        () -> {
          try (CausalLm model = CausalLm.open(folder, Heads.VALUE)) {
            for (int i = 0; i < expected.get("sequences").size(); i++) {
              TokenIds ids = ids(expected.get("sequences").get(i));
              float[] states = states(model, ids); // [tokens x 16]
              requireClose(mean(states), expected.get("states").get(i));
              requireClose(logits(model, states, head.end(ids)), expected.get("logits").get(i));
              requireClose(lastState(model, ids.slice(0, head.end(ids))), states, head.end(ids));
            }
          }
          return true;
        });
  }

  /** All classifiers of the catalog. */
  static List<String> classifiers() {
    return Architectures.names().stream().filter(name -> name.endsWith("Classification")).toList();
  }

  @Test
  void theScoreIsReadAtTheLastTokenThatIsNotPadding() {
    ScoreHead padded = new ScoreHead(1, OptionalInt.of(9));
    assertThat(padded.end(TokenIds.of(9, 1, 9, 2, 9, 9))).isEqualTo(4);
    assertThat(padded.end(TokenIds.of(9, 9, 9))).isEqualTo(1);
    assertThat(padded.end(TokenIds.of(1, 2))).isEqualTo(2);
    assertThat(new ScoreHead(1, OptionalInt.empty()).end(TokenIds.of(1, 9, 9))).isEqualTo(3);
  }

  @Test
  void paddingIsThatOfTheFileOrOfTheFamily(@TempDir Path folder) throws IOException {
    String text = expected("SmolLM3").get("config").asText();
    write(folder, text);
    assertThat(ScoreHead.open(folder).padding()).hasValue(36);
    write(folder, text.replaceFirst("\"pad_token_id\": \\d+", "\"pad_token_id\": null"));
    assertThat(ScoreHead.open(folder).padding()).isEmpty();
    write(folder, text.replaceFirst(", \"pad_token_id\": \\d+", ""));
    assertThat(ScoreHead.open(folder).padding()).hasValue(128_004);
    write(folder, expected("Llama").get("config").asText());
    assertThat(ScoreHead.open(folder).padding()).isEmpty();
  }

  @Test
  void aLanguageModelHasNoScoreHeadAndAClassifierIsNotTrainedAsOne(@TempDir Path folder)
      throws IOException {
    String text = expected("Llama").get("config").asText();
    write(folder, text);
    assertThatThrownBy(() -> CausalLm.open(folder, Heads.VOCABULARY))
        .hasMessageContaining(
            "architecture: LlamaForSequenceClassification (expected: a language model");
    write(folder, text.replace("SequenceClassification", "CausalLM"));
    assertThatThrownBy(() -> ScoreHead.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(
            "architectures: LlamaForCausalLM (expected: a class ...ForSequenceClassification");
  }

  /** The states after all tokens; what follows the last one is not computed. */
  private static float[] states(CausalLm model, TokenIds ids) {
    try (InferenceScope scope = InferenceScope.open()) {
      return model.nextTokens(followed(ids, 1), scope).states().toFloatArray();
    }
  }

  private static float[] lastState(CausalLm model, TokenIds ids) {
    try (InferenceScope scope = InferenceScope.open()) {
      return model.statesBeforeLast(followed(ids, ids.length()), scope).toFloatArray();
    }
  }

  private static SequenceBatch followed(TokenIds ids, int prompt) {
    int[] more = Arrays.copyOf(ids.toArray(), ids.length() + 1);
    TokenIds all = TokenIds.of(more);
    return new SequenceBatch(
        List.of(all.slice(0, prompt)), List.of(new Row(0, all.slice(prompt, all.length()))));
  }

  private static double[] mean(float[] states) {
    double[] mean = new double[16];
    int tokens = states.length / mean.length;
    for (int i = 0; i < states.length; i++) {
      mean[i % 16] += (double) states[i] / tokens;
    }
    return mean;
  }

  private static double[] logits(CausalLm model, float[] states, int end) {
    float[] head = model.parameters().values(ParameterLayout.SCORE);
    double[] logits = new double[head.length / 16];
    if (model.config().labelsTokens()) {
      float[] bias = model.parameters().values(ParameterLayout.SCORE_BIAS);
      Arrays.setAll(logits, label -> bias[label]);
    }
    for (int i = 0; i < head.length; i++) {
      logits[i / 16] += (double) head[i] * states[(end - 1) * 16 + i % 16];
    }
    return logits;
  }

  private static void requireClose(double[] found, JsonNode expected) {
    assertThat(found).hasSize(expected.size());
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isCloseTo(expected.get(i).asDouble(), within(1e-4));
    }
  }

  private static void requireClose(float[] last, float[] states, int end) {
    for (int d = 0; d < 16; d++) {
      assertThat(last[d]).isCloseTo(states[(end - 1) * 16 + d], within(1e-5f));
    }
  }

  private static JsonNode expected(String family) throws IOException {
    for (String line : Files.readAllLines(EXPECTED)) {
      JsonNode node = new ObjectMapper().readTree(line);
      String name = family.contains("For") ? family : family + "ForSequenceClassification";
      if (node.get("config").asText().contains(name)) {
        return node;
      }
    }
    throw new IllegalStateException(family + ": not in " + EXPECTED);
  }

  private static TokenIds ids(JsonNode node) {
    List<Integer> ids = new ArrayList<>();
    node.forEach(id -> ids.add(id.asInt()));
    return TokenIds.of(ids.stream().mapToInt(Integer::intValue).toArray());
  }

  private static void write(Path folder, String config) throws IOException {
    Files.writeString(folder.resolve("config.json"), config);
    FormulaWeights weights = new FormulaWeights();
    ModelConfig model = ModelConfig.open(folder);
    model
        .parameters()
        .forEach((name, shape) -> weights.put(model.stored(name), shape, model.stored(name)));
    Files.write(folder.resolve("model.safetensors"), weights.file());
  }
}
