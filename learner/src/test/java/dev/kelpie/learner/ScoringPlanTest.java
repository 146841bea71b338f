package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.learner.scoring.ScoringPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which models an experiment has responses scored by. */
@SuppressWarnings("NullAway.Init")
class ScoringPlanTest {
  private Path file;

  @BeforeEach
  void write(@TempDir Path folder) throws IOException {
    file =
        Files.writeString(
            folder.resolve("x.conf"),
            """
            algorithm.preset = online-dpo, data.path = x, policy.path = x
            reward.answer.type = exact-match
            """);
  }

  private Experiment experiment(String... overrides) {
    return ExperimentFiles.load(file, Arrays.asList(overrides)).experiment();
  }

  private ScoringPlan plan(List<String> models, String... overrides) {
    return ScoringPlan.of(
        experiment(overrides), models.stream().map(ScoreRequest::ofResponse).toList());
  }

  @Test
  void aReferenceAloneIsTheOnlyRequest() {
    ScoringPlan plan = plan(List.of());
    assertThat(plan.all()).containsExactly(new ScoreRequest("reference", "", "", ""));
    assertThat(plan.moves()).isEmpty();
    assertThat(plan.heldPaths()).hasSize(1);
    assertThat(plan("reference.schedule=ema").moves()).contains("reference.schedule = ema");
  }

  private ScoringPlan plan(String override) {
    return plan(List.of(), override);
  }

  @Test
  void modelsOfOneSourceAreOneInMemoryAndAPreviousIterateIsTwo() {
    ScoringPlan plan =
        plan(
            List.of("now", "again", "before", "start"),
            "models.now.policy=current",
            "models.again.policy=current",
            "models.before.policy=previous",
            "models.start.policy=initial",
            "reference.model=start");
    assertThat(plan.all()).hasSize(5);
    assertThat(plan.heldPaths())
        .hasSize(4); // current, previous and what it takes over next, initial
    assertThat(plan.moves()).contains("models.now.policy = current");
    assertThat(plan.namedModelMoves()).isTrue();
  }

  @Test
  void labelsAskForTheirModels() {
    ScoringPlan plan =
        plan(
            List.of(),
            "models.now.policy=current",
            "models.start.policy=initial",
            "algorithm.label={type = log-ratio, of = now, to = start}");
    assertThat(plan.ofTraining())
        .contains(ScoreRequest.ofResponse("now"), ScoreRequest.ofResponse("start"));
    assertThat(plan.ofRewards()).isEmpty();
  }

  @Test
  void theReferenceScoresTheSidesOfPairsUnderTheirPrompts() {
    ScoringPlan plan =
        plan(
            List.of(),
            "variants.long.template=\"A {prompt}\"",
            "algorithm.pairing.variants.chosen=long");
    assertThat(plan.ofTraining())
        .extracting(ScoreRequest::name)
        .containsExactly("reference", "reference under long");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "models.now.policy=current | nwo | reward: model nwo (expected: a name of the block models,"
            + " now? one of now)",
        "run.seed=1 | now | reward: model now (expected: a block models.now)",
        "models.now.policy=curent | now | models.now.policy: curent (expected: current? one of"
            + " current, previous, initial; or a path)",
        "models.now={policy = current, path = x} | now | models.now.policy: current (expected:"
            + " none, because path = ",
        "models.reference.policy=current | reference | models.reference.policy: reference"
            + " (expected: another name than reference",
        "models.now={policy = current, variant = shrt} | now | models.now.variant: shrt (expected:"
            + " a block variants.shrt)",
        "models.now.policie=current | now | models.now.policie: unknown key (expected: policy?)",
      })
  void whatIsWrongIsRefusedByName(String override, String model, String message) {
    assertThatThrownBy(() -> plan(List.of(model), override)).hasMessageStartingWith(message);
  }

  @Test
  void aModelThatIsNeverUsedIsRefused() {
    assertThatThrownBy(() -> plan(List.of(), "models.now.policy=current"))
        .hasMessage(
            "models.now: never used (expected: a reward, a label or the reference that scores with"
                + " it, or a member that it samples)");
  }

  /** It is loaded where it samples; nothing is scored by it. */
  @Test
  void aModelThatSamplesAMemberIsUsed() {
    ScoringPlan plan =
        plan(
            List.of(),
            "models.before={policy = previous, variant = long}",
            "variants.long.template=\"{prompt} {prompt}\"",
            "members.old={from = model, model = before}");
    assertThat(plan.models()).containsOnlyKeys("before");
    assertThat(plan.heldPaths()).isEqualTo(plan(List.of()).heldPaths());
  }

  @Test
  void iteratesAreRefusedWhereAStepHasSeveralVersions() {
    assertThatThrownBy(
            () -> plan(List.of("now"), "models.now.policy=current", "async.max-staleness=1"))
        .hasMessageStartingWith(
            "models.now.policy: current (expected: initial, because async.max-staleness = 1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "reference={model = start, path = x} | reference.path",
        "reference={model = start, schedule = ema} | reference.schedule: ema",
      })
  void aReferenceIsOneModel(String override, String message) {
    assertThatThrownBy(() -> experiment("models.start.policy=initial", override))
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "algorithm.pairing.variants.chosen=shrt | algorithm.pairing.variants.chosen: shrt"
            + " (expected: a name of the block variants, short?",
        "algorithm.pairing={type = same} | algorithm.pairing.variants: none for both sides",
        "algorithm.pairing.goals=both | algorithm.pairing.goals: both (expected: chosen",
      })
  void variantsOfPairsAreChecked(String override, String message) {
    assertThatThrownBy(
            () ->
                AlgorithmChecks.check(
                    experiment(
                        "variants.short.template=\"{prompt}\"",
                        "variants.goal.template=\"{score} {prompt}\"",
                        override)))
        .hasMessageStartingWith(message);
  }

  @Test
  void promptsThatShowAScoreAreScoredByTheReferenceInTheLearner() {
    String variant = "variants.goal.template=\"{score} {prompt}\"";
    String side = "algorithm.pairing.variants.chosen=goal";
    assertThat(AlgorithmChecks.holdsReference(experiment(variant, side))).isTrue();
    assertThat(plan(List.of(), variant, side).isEmpty()).isTrue();
    assertThatThrownBy(
            () ->
                AlgorithmChecks.check(
                    experiment(
                        variant,
                        side,
                        "variants.short.template=\"{prompt}\"",
                        "reference.variant=short")))
        .hasMessageStartingWith("reference.variant: short (expected: none, because the learner");
  }
}
