package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.RolloutOptions;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.UnitId;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.ParityFixtures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every engine of the catalog must do, and the example of docs/adding.md beside them. */
class RolloutEngineContractTest {
  private static final Path EXAMPLE =
      Path.of("src/test/java/dev/kelpie/rollout/AnswerRolloutEngine.java");
  private static final String EXAMPLE_NAME = "answer";
  private static final Path MODEL = ParityFixtures.own("llama-bias");
  private static final RolloutEngine.Progress SILENT = (finished, rows, tokens) -> {};

  static Set<String> names() {
    Set<String> names = new TreeSet<>(RolloutEngines.names());
    names.add(EXAMPLE_NAME);
    return names;
  }

  @ParameterizedTest
  @MethodSource("names")
  void respondsToEveryRowWithinItsLimit(String name) {
    try (RolloutEngine engine = open(name);
        Checkpoint weights = Checkpoint.open(MODEL)) {
      engine.load(weights);
      RolloutUnit unit = unit(weights.version());
      List<Trajectory> responses = engine.generate(unit, SILENT);
      assertThat(responses)
          .extracting(Trajectory::id)
          .isEqualTo(IntStream.range(0, 4).mapToObj(unit::sampleId).toList());
      for (int row = 0; row < 4; row++) {
        Trajectory response = responses.get(row);
        assertThat(response.response().length()).isBetween(1, unit.limit(row));
        assertThat(response.finishReason()).isNotEqualTo(FinishReason.ABORTED);
        assertThat(response.versions().oldest(new PolicyVersion(9))).isEqualTo(unit.version());
        assertThat(response.sampling()).isEqualTo(unit.sampling());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void givesTheSameForTheSameUnitAndWeights(String name) {
    try (RolloutEngine engine = open(name);
        RolloutEngine other = open(name);
        Checkpoint weights = Checkpoint.open(MODEL)) {
      engine.load(weights);
      other.load(weights);
      RolloutUnit unit = unit(weights.version());
      List<Trajectory> first = engine.generate(unit, SILENT);
      assertThat(engine.generate(unit, SILENT)).isEqualTo(first);
      assertThat(other.generate(unit, SILENT)).isEqualTo(first);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void reportsAllRowsAndTokensInTheEnd(String name) {
    try (RolloutEngine engine = open(name);
        Checkpoint weights = Checkpoint.open(MODEL)) {
      engine.load(weights);
      List<Long> finished = new ArrayList<>();
      List<Long> tokens = new ArrayList<>();
      List<Trajectory> responses =
          engine.generate(
              unit(weights.version()),
              (done, rows, drawn) -> {
                finished.add((long) done);
                tokens.add(drawn);
              });
      assertThat(finished).isSorted().endsWith(4L);
      assertThat(tokens)
          .isSorted()
          .endsWith(responses.stream().mapToLong(response -> response.response().length()).sum());
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void generatesWithTheVersionOfTheUnitOnly(String name) {
    try (RolloutEngine engine = open(name);
        Checkpoint weights = Checkpoint.open(MODEL)) {
      RolloutUnit unit = unit(weights.version());
      assertThat(engine.version()).isEmpty();
      assertThatThrownBy(() -> engine.generate(unit, SILENT)).hasMessageStartingWith("weights: ");
      engine.load(weights);
      assertThat(engine.version()).contains(weights.version());
      assertThatThrownBy(() -> engine.generate(unit(weights.version().next()), SILENT))
          .hasMessageStartingWith("weights: ");
      engine.release();
      assertThat(engine.version()).isEmpty();
      assertThatThrownBy(() -> engine.generate(unit, SILENT)).hasMessageStartingWith("weights: ");
    }
  }

  @Test
  void theDocumentQuotesTheTestedFile() throws Exception {
    assertThat(Files.readString(Path.of("../docs/adding.md")))
        .contains("```java\n" + Files.readString(EXAMPLE) + "```\n");
  }

  @Test
  void exampleRespondsWithTheReferenceAnswer() {
    try (RolloutEngine engine = open(EXAMPLE_NAME);
        Checkpoint weights = Checkpoint.open(MODEL)) {
      engine.load(weights);
      List<Trajectory> responses = engine.generate(unit(weights.version()), SILENT);
      assertThat(responses.get(0).text()).isEqualTo("12");
      assertThat(responses.get(0).finishReason()).isEqualTo(FinishReason.STOP);
      // the limit of the last row is one token, and the stop token would be the second
      assertThat(responses.get(3).finishReason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  private static RolloutEngine open(String name) {
    RolloutOptions options = RolloutOptions.DEFAULTS;
    return name.equals(EXAMPLE_NAME)
        ? AnswerRolloutEngine.open(MODEL, options)
        : RolloutEngines.open(
            MODEL,
            new RolloutOptions(
                1, 1, 2, 2, 0, 1, 0, 1, 0, 12, false, RolloutOptions.Precision.FP32, name));
  }

  /** Two prompts with two samples each. */
  private static RolloutUnit unit(PolicyVersion version) {
    List<Prompt> prompts =
        IntStream.range(0, 2)
            .mapToObj(
                p -> new Prompt("p" + p, "p", TokenIds.of(20 + p, 31), Optional.of("12"), Map.of()))
            .toList();
    return new RolloutUnit(
        new UnitId(Purpose.ROLLOUT, 1, 0, 0),
        0,
        prompts,
        2,
        new Sampling(1, 0, 1, 0, 12, false),
        TokenIds.of(12, 11, 10, 1),
        42,
        version);
  }
}
