package dev.kelpie.bench;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.learner.Learner;
import dev.kelpie.learner.scoring.NamedModels;
import dev.kelpie.learner.scoring.ScoringPlan;
import dev.kelpie.model.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Measures the seconds of an offline DPO update: reference log-probabilities, forward, backward,
 * clipping and AdamW over pairs of responses to prompts of digits. Chosen and rejected responses
 * are random digits, too. Generation and publishing are not part of it.
 */
public final class PairsBench {
  private static final int SEED = 0;

  private PairsBench() {}

  /**
   * The size of an update, and how many to run.
   *
   * @param promptLength tokens of each prompt
   * @param responseLength tokens of each response
   * @param steps updates, of which the first warms up
   * @param threads native threads
   */
  public record Options(
      int pairs,
      int promptLength,
      int responseLength,
      int steps,
      int threads,
      LearnerOptions.Precision precision) {}

  /** Runs the updates and returns the fields of the result line. */
  public static Map<String, Object> run(Path model, Options options) {
    Experiment experiment = StepBench.experiment(overrides(model, options));
    List<Double> seconds = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    try (Tokenizer tokenizer = Tokenizer.open(model);
        Learner learner = Learner.open(experiment);
        NamedModels reference =
            NamedModels.open(experiment, ScoringPlan.of(experiment, List.of()))) {
      DigitPrompts prompts = new DigitPrompts(tokenizer, options.promptLength(), SEED);
      DigitPrompts responses = new DigitPrompts(tokenizer, options.responseLength(), SEED + 1);
      for (int step = 1; step <= options.steps(); step++) {
        List<TrajectoryGroup> groups = groups(step, prompts, responses, options);
        long start = System.nanoTime();
        Map<String, Map<SampleId, PerToken>> logprobs =
            reference.score(
                groups.stream()
                    .flatMap(group -> group.members().stream())
                    .map(ScoredTrajectory::trajectory)
                    .toList());
        losses.add(
            learner.train(new TrainingBatch(step, groups, logprobs)).metrics().get("policy/loss"));
        seconds.add((System.nanoTime() - start) / 1e9);
      }
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("bench", "pairs");
    double[] timed = seconds.stream().skip(1).mapToDouble(s -> s).toArray();
    line.put("step_s", DecodeBench.round(DecodeBench.median(timed), 1000));
    line.put("steps_s", seconds.stream().map(s -> DecodeBench.round(s, 100)).toList());
    line.put("losses", losses.stream().map(loss -> DecodeBench.round(loss, 1e6)).toList());
    line.put("peak_mib", PeakMemory.peakMib());
    return line;
  }

  private static List<TrajectoryGroup> groups(
      long step, DigitPrompts prompts, DigitPrompts responses, Options options) {
    List<TrajectoryGroup> groups = new ArrayList<>();
    for (int pair = 0; pair < options.pairs(); pair++) {
      long position = (step - 1) * options.pairs() + pair;
      GroupId group = new GroupId(Purpose.ROLLOUT, step, pair);
      Prompt prompt = prompts.at(position);
      groups.add(
          new TrajectoryGroup(
              group,
              List.of(
                  side(group, prompt, responses.at(2 * position), 1),
                  side(group, prompt, responses.at(2 * position + 1), 0)),
              List.of()));
    }
    return groups;
  }

  private static ScoredTrajectory side(GroupId group, Prompt prompt, Prompt text, int score) {
    Origin origin =
        new Origin(score == 1 ? "chosen" : "rejected", Provenance.LOG, OptionalDouble.of(score));
    GivenResponse response =
        new GivenResponse(origin, text.text(), text.tokens(), FinishReason.STOP);
    Sampling sampling = new Sampling(1, 0, 1, 0, text.tokens().length(), false);
    SampleId id = new SampleId(group, 1 - score, 0);
    return new ScoredTrajectory(
        Trajectory.given(id, prompt, response, sampling), new Score(score, Map.of()));
  }

  private static List<String> overrides(Path model, Options options) {
    return List.of(
        "run.steps=" + options.steps(),
        "run.seed=" + SEED,
        "data.path=digits", // the prompts are drawn, not read
        "policy.path=" + StepBench.quoted(model.toAbsolutePath().toString()),
        "rollout.prompts-per-step=" + options.pairs(),
        "rollout.group-size=2",
        "rollout.max-new-tokens=" + options.responseLength(),
        "learner.threads=" + options.threads(),
        "learner.precision=" + options.precision().name().toLowerCase(Locale.ROOT),
        "learner.learning-rate=1e-6",
        "learner.weight-decay=0",
        "learner.minibatches=1",
        "algorithm.preset=online-dpo");
  }
}
