package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.label.Labelling;
import dev.kelpie.algorithms.pairing.PairSelection;
import dev.kelpie.algorithms.preference.ShownResponse;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.learner.rows.StepRow;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.rows.View;
import dev.kelpie.model.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses that look at responses under other prompts than their own. */
class ViewsTest {
  private static final Path QUICKSTART = Path.of("../configs/quickstart/policy");

  private static Experiment experiment(String... more) {
    List<String> overrides =
        new ArrayList<>(List.of("policy.path=" + QUICKSTART, "learner.epsilon=1e-4"));
    overrides.addAll(List.of(more));
    return Preferences.experiment(overrides.toArray(String[]::new));
  }

  /** Groups of sums and two answers, the first one right, with principles in two columns. */
  private static TrainingBatch batch(Map<String, String> principles) {
    return batch(principles, 1);
  }

  /** The same whose second answers differ from the first ones by {@code apart} times three. */
  private static TrainingBatch batch(Map<String, String> principles, int apart) {
    List<TrajectoryGroup> groups = new ArrayList<>();
    try (Tokenizer tokenizer = Tokenizer.open(QUICKSTART)) {
      for (int g = 0; g < 3; g++) {
        GroupId id = new GroupId(Purpose.ROLLOUT, 1, g);
        String text = "2+" + (g + 3);
        Prompt prompt =
            new Prompt("p" + g, text, tokenizer.encode(text, false), Optional.empty(), principles);
        List<ScoredTrajectory> members = new ArrayList<>();
        for (int k = 0; k < 2; k++) {
          TokenIds response =
              tokenizer.encode("=" + (g + 5 + k * 3 * apart) + "1".repeat(k * apart), false);
          members.add(
              new ScoredTrajectory(
                  trajectory(new SampleId(id, k, 0), prompt, response),
                  new Score(1 - k, Map.of())));
        }
        groups.add(new TrajectoryGroup(id, members, List.of()));
      }
    }
    return new TrainingBatch(1, groups, Map.of());
  }

  private static Trajectory trajectory(SampleId id, Prompt prompt, TokenIds response) {
    int length = response.length();
    return new Trajectory(
        id,
        prompt,
        response,
        "",
        PerToken.constant(-5, length),
        PerToken.constant(-5, length),
        TokenVersions.uniform(new PolicyVersion(0), length),
        FinishReason.LENGTH,
        Origin.POLICY,
        Steps.SAMPLING);
  }

  private static Map<String, Double> train(
      Experiment experiment, TrainingBatch batch, Map<String, float[]> after) {
    try (Learner learner = Learner.open(experiment)) {
      Map<String, Double> metrics = learner.train(batch).metrics().values();
      after.putAll(Preferences.weights(learner));
      return metrics;
    }
  }

  private static Experiment srpo(String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "algorithm.preset=online-dpo",
                "algorithm.loss={ type = srpo, beta = 0.5, shown-before = \"=\","
                    + " shown-after = \"=\" }"));
    overrides.addAll(List.of(more));
    return experiment(overrides.toArray(String[]::new));
  }

  @Test
  void srpoOfEqualModelsRegressesFromNothing() {
    // every log-ratio is 0 and p = 1: improvement (1/4 + 1/4) / 2, policy (2 p - 1)^2 = 1
    Map<String, Double> metrics = train(srpo(), batch(Map.of()), new HashMap<>());
    assertThat(metrics.get("policy/loss")).isCloseTo(0.5 * 0.25 + 0.5 * 1, within(1e-4));
    assertThat(metrics.get("preference/pairs")).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({"8192", "30"})
  void srpoLearnsThePromptsThatShowAResponse(int budget) {
    // with alpha 1 only the improvement policy is learnt, so that what is learnt depends on the
    // text around the shown response
    Map<String, float[]> equals = new HashMap<>();
    Map<String, float[]> plus = new HashMap<>();
    String size = "learner.token-budget=" + budget;
    train(srpo("algorithm.loss.alpha=1", size), batch(Map.of()), equals);
    train(
        srpo("algorithm.loss.alpha=1", "algorithm.loss.shown-after=\"+\"", size),
        batch(Map.of()),
        plus);
    float largest = 0;
    for (Map.Entry<String, float[]> entry : equals.entrySet()) {
      float[] other = Objects.requireNonNull(plus.get(entry.getKey()));
      for (int i = 0; i < other.length; i++) {
        largest = Math.max(largest, Math.abs(other[i] - entry.getValue()[i]));
      }
    }
    assertThat(largest).isGreaterThan(1e-5f);
  }

  @Test
  void aPromptShowsTheResponseBetweenItsTexts() {
    TrainingBatch batch = batch(Map.of());
    StepRows rows = StepRows.of(batch, false);
    try (Tokenizer tokenizer = Tokenizer.open(QUICKSTART)) {
      Views views = new Views(rows, () -> tokenizer);
      StepPairs.Pair pair =
          StepPairs.of(
                  rows,
                  PairSelection.of(
                      ConfigBlock.of("algorithm.pairing", Map.of("type", "best-worst"))),
                  Labelling.of(
                      ConfigBlock.empty("l"), ConfigBlock.empty("w"), ConfigBlock.empty("m")),
                  false,
                  1)
              .pairs()
              .get(0);
      views.ofPair(pair, new ShownResponse("+", "="));
      StepRow row = rows.row(rows.view(new View(pair.chosen(), pair.rejected())));
      assertThat(tokenizer.decode(row.prompt(), false)).isEqualTo("2+3+=81=");
      assertThat(tokenizer.decode(row.trajectory().response(), false)).isEqualTo("=5");
      assertThat(row.trained()).isFalse();
      assertThat(rows.rows()).hasSize(6);
    }
  }

  @Test
  void samiOfEqualPrinciplesIsUndecided() {
    Experiment sami =
        experiment(
            "algorithm.preset=kto",
            "algorithm.response-label.type=all",
            "algorithm.loss={ type = sami, principles = [first, second], after = \"+\" }");
    Map<String, Double> equal =
        train(sami, batch(Map.of("first", "1", "second", "1"), 0), new HashMap<>());
    assertThat(equal.get("policy/loss")).isCloseTo(Math.log(2), within(1e-5));
    assertThat(equal.get("preference/responses")).isEqualTo(3 * 4); // 2 x 2 of 3 groups
    Map<String, Double> other =
        train(sami, batch(Map.of("first", "1", "second", "7*9-8")), new HashMap<>());
    assertThat(Math.abs(Objects.requireNonNull(other.get("policy/loss")) - Math.log(2)))
        .isGreaterThan(1e-4);
  }
}
