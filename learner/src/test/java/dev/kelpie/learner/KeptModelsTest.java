package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.Lookups;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.learner.scoring.NamedModels;
import dev.kelpie.learner.scoring.ScoringPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Log-probabilities of responses of files that are computed once. */
class KeptModelsTest {
  private static final Origin FILE = new Origin("chosen", Provenance.HUMAN, OptionalDouble.of(1));

  /** 4 groups of 3 sampled responses. */
  private static final List<Trajectory> SAMPLED =
      Steps.batch(1, 4, 3, 384, 0).groups().stream()
          .flatMap(group -> group.members().stream())
          .map(member -> member.trajectory())
          .toList();

  private static final List<Trajectory> GIVEN =
      SAMPLED.stream().map(KeptModelsTest::given).toList();

  private static Trajectory given(Trajectory sampled) {
    return Trajectory.given(
        sampled.id(),
        sampled.prompt(),
        new GivenResponse(FILE, sampled.text(), sampled.response(), FinishReason.STOP),
        sampled.sampling());
  }

  private static NamedModels open(Path folder, ReferenceOptions.Schedule schedule) {
    Experiment pairs = PairwiseUpdateTest.experiment("sigmoid", "all", 1, 8192);
    Experiment experiment =
        Experiments.with(pairs, new ReferenceOptions(schedule, "", 2, 0.5, "", ""));
    ScoringPlan plan =
        new ScoringPlan(
            List.of(new ScoreRequest(TrainingBatch.REFERENCE, "", "", "")),
            List.of(ScoreRequest.ofResponse("now"), ScoreRequest.ofResponse("start")),
            Map.of(
                "now", new ModelOptions("", "current", ""),
                "start", new ModelOptions("", "initial", "")),
            experiment.reference());
    return NamedModels.open(
        experiment,
        plan,
        new RunFolder(folder),
        problem -> {
          throw new AssertionError(problem);
        });
  }

  @Test
  void numbersOfTheSecondTimeAreThoseOfTheFirstToTheBit(@TempDir Path folder) {
    Map<String, Map<SampleId, PerToken>> first;
    List<Trajectory> reversed = new ArrayList<>();
    for (int group = 3; group >= 0; group--) {
      reversed.addAll(GIVEN.subList(3 * group, 3 * group + 3));
    }
    try (NamedModels models = open(folder, ReferenceOptions.Schedule.FROZEN)) {
      first = models.score(GIVEN);
      // Reference and start are the same weights; the first fills, the second finds.
      assertThat(models.lookups()).isEqualTo(new Lookups(24, 12));
      assertThat(models.score(reversed)).isEqualTo(first);
      assertThat(models.lookups()).isEqualTo(new Lookups(24, 24));
    }
    try (NamedModels models = open(folder, ReferenceOptions.Schedule.FROZEN)) {
      assertThat(models.score(GIVEN.subList(3, 12)).get("start"))
          .isEqualTo(without(Objects.requireNonNull(first.get("start")), GIVEN.subList(0, 3)));
      assertThat(models.lookups()).isEqualTo(new Lookups(18, 18));
    }
    try (NamedModels none = open(folder.resolve("other"), ReferenceOptions.Schedule.FROZEN)) {
      assertThat(none.score(reversed)).isEqualTo(first);
    }
  }

  private static Map<SampleId, PerToken> without(
      Map<SampleId, PerToken> numbers, List<Trajectory> left) {
    Map<SampleId, PerToken> others = new HashMap<>(numbers);
    left.forEach(trajectory -> others.remove(trajectory.id()));
    return others;
  }

  @Test
  void modelsThatMoveAndSampledResponsesAreComputedEachTime(@TempDir Path folder) {
    try (NamedModels models = open(folder, ReferenceOptions.Schedule.EMA)) {
      models.score(GIVEN);
      assertThat(models.lookups()).as("start alone").isEqualTo(new Lookups(12, 0));
      models.score(SAMPLED);
      assertThat(models.lookups()).isEqualTo(Lookups.NONE);
      List<Trajectory> mixed = new ArrayList<>(GIVEN.subList(0, 3)); // a group of the file
      mixed.addAll(SAMPLED.subList(3, 5)); // and a response of a file beside two samples
      mixed.add(GIVEN.get(5));
      models.score(mixed);
      assertThat(models.lookups()).isEqualTo(new Lookups(3, 3));
    }
  }

  @Test
  void aReferenceOfALossOverTokensIsComputedEachTime(@TempDir Path folder) {
    Experiment tokens =
        Steps.experiment(
            Path.of("src/test/resources/llama-gqa"),
            Steps.grpo(KlOptions.DEFAULTS, 0),
            Steps.value(ValueOptions.Kind.NONE),
            Steps.learner(1, 1, 40));
    ScoringPlan plan =
        new ScoringPlan(
            List.of(new ScoreRequest(TrainingBatch.REFERENCE, "", "", "")),
            List.of(),
            Map.of(),
            ReferenceOptions.DEFAULTS);
    try (NamedModels models =
        NamedModels.open(tokens, plan, new RunFolder(folder), problem -> {})) {
      models.score(GIVEN);
      assertThat(models.lookups()).isEqualTo(Lookups.NONE);
    }
  }
}
