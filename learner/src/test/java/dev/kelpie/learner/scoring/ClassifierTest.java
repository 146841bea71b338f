package dev.kelpie.learner.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.scoring.ScoreRequest.Measure;
import dev.kelpie.tensors.NativeThread;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A classifier of three labels, whose padding is the token that ends responses, beside what
 * transformers makes of it: {@code scripts/parity/classifiers.py}.
 */
class ClassifierTest {
  private static final Path FOLDER = Path.of("src/test/resources/classifier");

  private final JsonNode expected;
  private final List<WholeText> texts = new ArrayList<>();

  ClassifierTest() throws IOException {
    expected = new ObjectMapper().readTree(FOLDER.resolve("expected.json").toFile());
    for (int i = 0; i < expected.get("prompts").size(); i++) {
      texts.add(
          new WholeText(
              i, i < 2 ? 0 : i, ids("prompts", i), ids("responses", i))); // two of one prompt
    }
  }

  private TokenIds ids(String key, int index) {
    List<Integer> ids = new ArrayList<>();
    expected.get(key).get(index).forEach(id -> ids.add(id.asInt()));
    return TokenIds.of(ids.stream().mapToInt(Integer::intValue).toArray());
  }

  private static Map<Integer, PerToken> numbers(List<WholeText> texts, Measure measure, int index) {
    try (NativeThread thread = NativeThread.start("classifier-test", 1)) {
      return thread.call(
          () -> {
            ModelSource source = new ModelSource(ModelSource.Kind.CHECKPOINT, FOLDER.toString());
            try (ScoringModel model =
                ScoringModel.open(Experiment.DEFAULTS, source, Optional.empty())) {
              Map<Integer, PerToken> numbers = new TreeMap<>();
              model.scoreTexts(texts, measure, index, row -> "", true, numbers::put);
              return numbers;
            }
          });
    }
  }

  private static PerToken known(Map<Integer, PerToken> numbers, int row) {
    return Objects.requireNonNull(numbers.get(row));
  }

  @Test
  void scoresAreTheLogitsOfTransformers() {
    for (int label = 0; label < 3; label++) {
      Map<Integer, PerToken> scores = numbers(texts, Measure.SCORE, label);
      Map<Integer, PerToken> terms = numbers(texts, Measure.SCORE_TERMS, label);
      Map<Integer, PerToken> probabilities = numbers(texts, Measure.PROBABILITY, label);
      for (int i = 0; i < texts.size(); i++) {
        JsonNode logits = expected.get("logits").get(i);
        double sum = 0;
        for (JsonNode logit : logits) {
          sum += Math.exp(logit.asDouble());
        }
        double logit = logits.get(label).asDouble();
        assertThat(known(scores, i).length()).isEqualTo(1);
        assertThat((double) known(scores, i).get(0)).isCloseTo(logit, within(1e-4));
        assertThat(known(terms, i).length()).isEqualTo(16);
        assertThat(known(terms, i).sum()).isCloseTo(logit, within(1e-4));
        assertThat((double) known(probabilities, i).get(0))
            .isCloseTo(Math.exp(logit) / sum, within(1e-4));
      }
    }
  }

  @Test
  void probabilitiesOfLogits() {
    // One label: 1 / (1 + e^-1); two: the same for logits 1 apart.
    assertThat(TextNumbers.probability(new double[] {1}, 0)).isCloseTo(0.731059, within(1e-6));
    assertThat(TextNumbers.probability(new double[] {3, 2}, 0)).isCloseTo(0.731059, within(1e-6));
    assertThat(TextNumbers.probability(new double[] {3, 2}, 1)).isCloseTo(0.268941, within(1e-6));
    assertThat(TextNumbers.probability(new double[] {-800}, 0)).isZero();
    assertThat(TextNumbers.probability(new double[] {800, -800, 0}, 0)).isEqualTo(1);
  }

  @Test
  void statesAreTheMeansOfTheLastHiddenStatesOfTransformers() {
    Map<Integer, PerToken> states = numbers(texts, Measure.STATE, 0);
    for (int i = 0; i < texts.size(); i++) {
      float[] mean = known(states, i).toArray();
      assertThat(mean).hasSize(16);
      for (int d = 0; d < 16; d++) {
        assertThat((double) mean[d])
            .isCloseTo(expected.get("states").get(i).get(d).asDouble(), within(1e-4));
      }
    }
  }

  @Test
  void groupsHaveTheSameBitsWhateverIsBesideThem() {
    for (Measure measure : List.of(Measure.SCORE, Measure.STATE)) {
      Map<Integer, PerToken> parts = numbers(texts.subList(0, 2), measure, 1);
      parts.putAll(numbers(texts.subList(2, 4), measure, 1));
      assertThat(numbers(texts, measure, 1)).isEqualTo(parts);
    }
  }

  @Test
  void aTextThatIsEmptyOrLongerThanThePositionsHasNoNumbers() {
    WholeText empty = new WholeText(7, 7, TokenIds.empty(), TokenIds.empty());
    WholeText longest = new WholeText(8, 8, TokenIds.of(1), TokenIds.of(new int[23]));
    WholeText longer = new WholeText(9, 9, TokenIds.of(1), TokenIds.of(new int[24]));
    assertThat(numbers(List.of(empty, longest, longer), Measure.STATE, 0)).containsOnlyKeys(8);
    assertThat(numbers(List.of(empty, longest, longer), Measure.SCORE, 0)).containsOnlyKeys(8);
  }

  @Test
  void responsesOfPromptsAreScoredByOneLabel() {
    try (Classifier model = Classifier.open(Experiment.DEFAULTS, FOLDER, OptionalInt.of(2))) {
      List<double[]> scores = model.scores(List.of(prompt(0, 0, 1), prompt(2, 2)));
      assertThat(scores.get(0)).hasSize(2);
      for (int i = 0; i < 2; i++) {
        assertThat(scores.get(0)[i])
            .isCloseTo(expected.get("logits").get(i).get(2).asDouble(), within(1e-4));
      }
      assertThat(scores.get(1)[0])
          .isCloseTo(expected.get("logits").get(2).get(2).asDouble(), within(1e-4));
    }
  }

  private Prompt prompt(int prompt, int... responses) {
    List<GivenResponse> given = new ArrayList<>();
    for (int response : responses) {
      given.add(
          new GivenResponse(Origin.POLICY, "", ids("responses", response), FinishReason.STOP));
    }
    return new Prompt("p", "", ids("prompts", prompt), Optional.empty(), Map.of(), given);
  }

  @Test
  void severalLabelsNeedAnIndex() {
    assertThatThrownBy(() -> Classifier.open(Experiment.DEFAULTS, FOLDER, OptionalInt.empty()))
        .hasMessageContaining("--index: missing (expected: which of the 3 labels of ");
    assertThatThrownBy(() -> Classifier.open(Experiment.DEFAULTS, FOLDER, OptionalInt.of(3)))
        .hasMessageContaining("--index: 3 (expected: 0 to 2)");
    Path language = Path.of("src/test/resources/llama-gqa");
    assertThatThrownBy(() -> Classifier.open(Experiment.DEFAULTS, language, OptionalInt.empty()))
        .hasMessageContaining("a LlamaForCausalLM (expected: a classifier");
  }
}
