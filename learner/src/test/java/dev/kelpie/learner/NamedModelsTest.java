package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.ReferenceOptions.Schedule;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.PromptVariant;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.learner.scoring.NamedModels;
import dev.kelpie.learner.scoring.ScoringPlan;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.ParityTally;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(ParityTally.class)
class NamedModelsTest {
  private static final Path POLICY = Path.of("src/test/resources/llama-gqa");
  private static final NativeThread THREAD = NativeThread.start("reference-test", 1);
  private static final List<Trajectory> RESPONSES =
      Steps.batch(1, 2, 2, 384, 0).groups().stream()
          .flatMap(group -> group.members().stream())
          .map(member -> member.trajectory())
          .toList();

  @AfterAll
  static void stop() {
    THREAD.close();
  }

  private static Experiment experiment(Schedule schedule, double decay) {
    Experiment d =
        Steps.experiment(
            POLICY,
            Steps.grpo(KlOptions.DEFAULTS, 0),
            Steps.value(ValueOptions.Kind.NONE),
            Steps.learner(1, 1, 40));
    return Experiments.with(d, new ReferenceOptions(schedule, "", 2, decay, "", ""));
  }

  static NamedModels open(Experiment experiment) {
    ScoreRequest ofReference = new ScoreRequest(TrainingBatch.REFERENCE, "", "", "");
    return NamedModels.open(
        experiment,
        new ScoringPlan(List.of(ofReference), List.of(), Map.of(), experiment.reference()));
  }

  private static Map<SampleId, PerToken> scores(NamedModels models, List<Trajectory> responses) {
    return Objects.requireNonNull(models.score(responses).get(TrainingBatch.REFERENCE));
  }

  private static void publish(NamedModels reference, long version) {
    THREAD.call(
        () -> {
          try (CausalLm other = CausalLm.random(ModelConfig.open(POLICY), Heads.VOCABULARY, 9)) {
            reference.observe(other.snapshot("policy", new PolicyVersion(version)));
          }
          return true;
        });
  }

  @Test
  void howAStepOfPairsIsSplitIntoUnitsChangesNoBit() {
    Experiment roomy = PairwiseUpdateTest.experiment("sigmoid", "all", 1, 8192);
    List<Trajectory> step =
        Steps.batch(1, 4, 3, 384, 0).groups().stream()
            .flatMap(group -> group.members().stream())
            .map(member -> member.trajectory())
            .toList();
    try (NamedModels reference = open(roomy)) {
      Map<SampleId, PerToken> whole = scores(reference, step);
      Map<SampleId, PerToken> parts = new HashMap<>(scores(reference, step.subList(0, 3)));
      parts.putAll(scores(reference, step.subList(3, 12)));
      for (Trajectory response : step) {
        assertThat(Objects.requireNonNull(parts.get(response.id())).toArray())
            .containsExactly(Objects.requireNonNull(whole.get(response.id())).toArray());
      }
    }
  }

  @Test
  void scoresEveryTokenOfEveryResponse() {
    try (NamedModels reference = open(experiment(Schedule.FROZEN, 0))) {
      Map<SampleId, PerToken> scores = scores(reference, RESPONSES);
      assertThat(scores).containsOnlyKeys(RESPONSES.stream().map(Trajectory::id).toList());
      for (Trajectory response : RESPONSES) {
        PerToken score = Objects.requireNonNull(scores.get(response.id()));
        assertThat(score.length()).isEqualTo(response.response().length());
        assertThat(score.sum()).isNegative();
      }
    }
  }

  @Test
  void frozenNeverMoves() {
    try (NamedModels reference = open(experiment(Schedule.FROZEN, 0))) {
      Map<SampleId, PerToken> before = scores(reference, RESPONSES);
      publish(reference, 2);
      assertThat(scores(reference, RESPONSES)).isEqualTo(before);
    }
  }

  @Test
  void refreshMovesEverySecondVersion() {
    try (NamedModels reference = open(experiment(Schedule.REFRESH, 0));
        NamedModels previous = open(experiment(Schedule.PREVIOUS, 0))) {
      Map<SampleId, PerToken> before = scores(reference, RESPONSES);
      publish(reference, 1);
      assertThat(scores(reference, RESPONSES)).isEqualTo(before);
      publish(reference, 2);
      Map<SampleId, PerToken> after = scores(reference, RESPONSES);
      assertThat(after).isNotEqualTo(before);
      publish(previous, 1);
      assertThat(scores(previous, RESPONSES)).isEqualTo(after);
    }
  }

  @Test
  void movingAverageApproachesThePolicyAndCanBeSaved(@TempDir Path folder) {
    Experiment experiment = experiment(Schedule.EMA, 0.25);
    try (NamedModels reference = open(experiment);
        NamedModels target = open(experiment(Schedule.PREVIOUS, 0));
        NamedModels restored = open(experiment)) {
      publish(target, 1);
      for (int version = 1; version <= 12; version++) {
        publish(reference, version); // 0.25^12 of the start is left: 6e-8
      }
      Map<SampleId, PerToken> wanted = scores(target, RESPONSES);
      Map<SampleId, PerToken> scores = scores(reference, RESPONSES);
      assertThat(scores).containsOnlyKeys(wanted.keySet());
      wanted.forEach(
          (id, expected) ->
              assertThat(Objects.requireNonNull(scores.get(id)).sum())
                  .isCloseTo(expected.sum(), within(1e-3)));
      reference.save(folder);
      restored.restore(folder);
      assertThat(scores(restored, RESPONSES)).isEqualTo(scores);
    }
  }

  @Test
  void currentIsTheNewestVersionAndPreviousTheOneBeforeIt(@TempDir Path folder) {
    ModelOptions current = new ModelOptions("", "current", "");
    ModelOptions previous = new ModelOptions("", "previous", "");
    ModelOptions initial = new ModelOptions("", "initial", "");
    ScoringPlan plan =
        new ScoringPlan(
            List.of(),
            List.of(
                ScoreRequest.ofResponse("now"),
                ScoreRequest.ofResponse("before"),
                ScoreRequest.ofResponse("start")),
            Map.of("now", current, "before", previous, "start", initial),
            ReferenceOptions.DEFAULTS);
    Experiment experiment = experiment(Schedule.FROZEN, 0);
    try (NamedModels models = NamedModels.open(experiment, plan);
        NamedModels restored = NamedModels.open(experiment, plan)) {
      Map<String, Map<SampleId, PerToken>> begin = models.score(RESPONSES);
      assertThat(begin.get("now")).isEqualTo(begin.get("start"));
      assertThat(begin.get("before")).isEqualTo(begin.get("start"));
      publish(models, 1);
      Map<String, Map<SampleId, PerToken>> first = models.score(RESPONSES);
      assertThat(first.get("now")).isNotEqualTo(begin.get("start"));
      assertThat(first.get("before")).isEqualTo(begin.get("start"));
      models.save(folder);
      publish(models, 2);
      Map<String, Map<SampleId, PerToken>> second = models.score(RESPONSES);
      assertThat(second.get("before")).isEqualTo(first.get("now"));
      assertThat(second.get("start")).isEqualTo(begin.get("start"));
      restored.restore(folder);
      assertThat(restored.score(RESPONSES)).isEqualTo(first);
      publish(restored, 2);
      assertThat(restored.score(RESPONSES)).isEqualTo(second);
    }
  }

  @Test
  void selfCertaintyIsOfTheWholeVocabulary() {
    int vocabulary = 384;
    Trajectory one = RESPONSES.get(0);
    List<Trajectory> tokens = // every token of the vocabulary as a response of its own
        IntStream.range(0, vocabulary)
            .mapToObj(
                token ->
                    Steps.trajectory(
                        new SampleId(one.id().group(), token, 0),
                        one.prompt().tokens(),
                        TokenIds.of(token),
                        0))
            .toList();
    ScoreRequest certainty = ScoreRequest.ofCertainty("start");
    ScoringPlan plan =
        new ScoringPlan(
            List.of(),
            List.of(certainty, ScoreRequest.ofResponse("start")),
            Map.of("start", new ModelOptions("", "initial", "")),
            ReferenceOptions.DEFAULTS);
    try (NamedModels models = NamedModels.open(experiment(Schedule.FROZEN, 0), plan)) {
      Map<String, Map<SampleId, PerToken>> scores = models.score(tokens);
      double sum = 0;
      for (PerToken logprob : Objects.requireNonNull(scores.get("start")).values()) {
        sum -= (Math.log(vocabulary) + logprob.get(0)) / vocabulary;
      }
      assertThat(sum).isGreaterThan(1e-4);
      PerToken made =
          Objects.requireNonNull(
              Objects.requireNonNull(models.score(RESPONSES).get(certainty.name())).get(one.id()));
      assertThat(made.length()).isEqualTo(one.response().length());
      assertThat((double) made.get(0)).isCloseTo(sum, within(1e-5));
    }
  }

  @Test
  void aPromptUnderAnIdentityVariantIsScoredToTheBit() {
    List<Trajectory> shown =
        RESPONSES.stream()
            .map(
                response ->
                    new Trajectory(
                        response.id(),
                        response
                            .prompt()
                            .withVariants(
                                Map.of(
                                    "same",
                                    new PromptVariant("", response.prompt().tokens()),
                                    "short",
                                    new PromptVariant("", TokenIds.of(5)))),
                        response.response(),
                        response.text(),
                        response.rolloutLogprobs(),
                        response.sampledLogprobs(),
                        response.versions(),
                        response.finishReason(),
                        response.origin(),
                        response.sampling()))
            .toList();
    ScoringPlan plan =
        new ScoringPlan(
            List.of(),
            List.of(
                ScoreRequest.ofResponse("plain"),
                ScoreRequest.ofResponse("same"),
                ScoreRequest.ofResponse("short")),
            Map.of(
                "plain", new ModelOptions("", "initial", ""),
                "same", new ModelOptions("", "initial", "same"),
                "short", new ModelOptions("", "initial", "short")),
            ReferenceOptions.DEFAULTS);
    try (NamedModels models = NamedModels.open(experiment(Schedule.FROZEN, 0), plan)) {
      Map<String, Map<SampleId, PerToken>> scores = models.score(shown);
      assertThat(scores.get("same")).isEqualTo(scores.get("plain"));
      assertThat(scores.get("short")).isNotEqualTo(scores.get("plain"));
    }
  }
}
