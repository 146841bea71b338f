package dev.kelpie.learner;

import dev.kelpie.algorithms.Metrics;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.Require;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.config.people.PeopleOptions;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.reward.Annotations;
import dev.kelpie.experience.reward.Annotations.Annotation;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Forward;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.score.SequenceScore;
import dev.kelpie.tensors.ThreadLanes;
import dev.kelpie.tensors.TrainingScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A reward model that is trained in the loop on judgements which arrive while the run goes on: a
 * trunk with a score head s and an optimiser of its own. In every step one update on what has
 * arrived comes first, by the mean of {@code -y log sigmoid(s) - (1 - y) log(1 - sigmoid(s))} with
 * y the judgement in [0, 1]; then each response of the step gets {@code reward + coef sigmoid(s)},
 * and is offered to the judge. Its version is the number of its updates.
 *
 * <p>Zheng et al. 2024, https://arxiv.org/abs/2410.23022, the reward model by classification.
 * Differs: a judgement is a number between 0 and 1 and not a yes or no, and a response is one step.
 */
final class OnlineRewardModel implements AutoCloseable {
  private static final String NAME = "online_reward";

  private final RewardModelOptions.Online options;
  private final TrainedModel trained;
  private final Collator collator;
  private final Annotations annotations;

  private OnlineRewardModel(
      RewardModelOptions.Online options,
      TrainedModel trained,
      Collator collator,
      Annotations annotations) {
    this.options = options;
    this.trained = trained;
    this.collator = collator;
    this.annotations = annotations;
  }

  /**
   * Checks {@code experiment}.
   *
   * @throws IllegalArgumentException for a key that another rules out, its path first
   */
  static void check(Experiment experiment) {
    if (!experiment.onlineReward().used()) {
      return;
    }
    String because = " because of online-reward.annotator";
    Require.that(
        !experiment.processReward().used(),
        "process-reward.kind: implicit (expected: none,%s)",
        because);
    Require.that(
        !experiment.algorithm().greedyBaseline(),
        "algorithm.advantage.type: %s (expected: an estimator without greedy responses,%s)",
        experiment.algorithm().advantage().type().orElse(""),
        because);
    Require.that(
        !experiment.iterations().branch().discard(),
        "iterations.branch.discard: true (expected: false,%s, whose model no branch gives back)",
        because);
    Require.that(
        PeopleOptions.of(experiment).isEmpty(),
        "algorithm.label.type: people (expected: another label,%s, which would reward the responses"
            + " of answered pairs anew)",
        because);
    Require.that(
        !experiment.rollout().fromFile(),
        "rollout.engine: %s (expected: djl,%s)",
        experiment.rollout().engine(),
        because);
  }

  /**
   * The model of {@code experiment}, whose head starts at 0.
   *
   * @param annotations closed with it
   * @throws CheckpointException for a checkpoint of another vocabulary
   */
  static OnlineRewardModel open(
      Experiment experiment, CausalLm policy, ThreadLanes lanes, Annotations annotations) {
    RewardModelOptions.Online options = experiment.onlineReward();
    CausalLm model =
        options.path().isEmpty()
            ? CausalLm.of(
                policy.config().withScore(1),
                Heads.VALUE,
                policy.snapshot("policy", new PolicyVersion(0)))
            : open(options.path(), policy.config().vocabularySize());
    return new OnlineRewardModel(
        options,
        new TrainedModel(NAME, model, experiment.learner(), lanes),
        Collator.of(experiment.learner(), model.config()),
        annotations);
  }

  private static CausalLm open(String folder, int vocabulary) {
    try (Checkpoint checkpoint = Checkpoint.open(Path.of(folder))) {
      int found = checkpoint.config().vocabularySize();
      if (found != vocabulary) {
        throw new CheckpointException(
            String.format(
                Locale.ROOT,
                "online-reward.path: %s has %s tokens (expected: %s, the policy's vocabulary)",
                folder,
                found,
                vocabulary));
      }
      return CausalLm.of(checkpoint.config().withScore(1), Heads.VALUE, checkpoint);
    }
  }

  TrainedModel trained() {
    return trained;
  }

  /** The number of updates so far. */
  long version() {
    return trained.optimizer().step();
  }

  /** Its current weights at its version. */
  WeightSnapshot snapshot() {
    return trained.model().snapshot("online-reward", new PolicyVersion(version()));
  }

  /** One update on what has arrived, then the step's responses with what the model finds. */
  TrainingBatch reward(TrainingBatch batch, StepReport report) throws Exception {
    List<Annotation> joined = annotations.join(batch.step());
    report.put(NAME + "/joined", joined.size());
    if (!joined.isEmpty()) {
      report.update(report.timed("update_online_reward", () -> learn(joined)));
    }
    List<ScoredTrajectory> responses =
        batch.groups().stream().flatMap(group -> group.members().stream()).toList();
    double[] probabilities = report.timed("online_reward", () -> score(responses));
    Annotations.Progress progress =
        annotations.record(batch.step(), version(), responses, probabilities);
    report.put(NAME + "/version", (double) version());
    report.put(NAME + "/mean", Arrays.stream(probabilities).average().orElse(Double.NaN));
    report.put(NAME + "/waiting", (double) progress.waiting());
    report.put(NAME + "/failed", (double) progress.failed());
    report.put(NAME + "/left_out", (double) progress.leftOut());
    return rewarded(batch, probabilities);
  }

  private TrainingBatch rewarded(TrainingBatch batch, double[] probabilities) {
    List<TrajectoryGroup> groups = new ArrayList<>();
    int next = 0;
    for (TrajectoryGroup group : batch.groups()) {
      List<ScoredTrajectory> members = new ArrayList<>();
      for (ScoredTrajectory member : group.members()) {
        double probability = probabilities[next++];
        Map<String, Float> parts = new HashMap<>(member.score().parts());
        parts.put(NAME, (float) probability);
        float sum = (float) (member.reward() + options.coef() * probability);
        members.add(new ScoredTrajectory(member.trajectory(), new Score(sum, parts)));
      }
      groups.add(new TrajectoryGroup(group.id(), members, group.failed()));
    }
    return new TrainingBatch(batch.step(), groups, batch.numbers());
  }

  private Map<String, Double> learn(List<Annotation> joined) {
    List<Collator.Item> items = new ArrayList<>();
    for (int i = 0; i < joined.size(); i++) {
      items.add(item(i, i, joined.get(i).prompt(), joined.get(i).response()));
    }
    return trained.step(
        collator.microbatches(items),
        1,
        options.learningRate(),
        (forward, rows, scope) -> learn(forward, rows, scope, joined));
  }

  private static Metrics learn(
      Forward forward, Microbatch rows, TrainingScope scope, List<Annotation> joined) {
    float[] scores = SequenceScore.of(rows.sequences(), forward);
    float[] gradients = new float[scores.length];
    double loss = 0;
    double error = 0;
    for (int b = 0; b < scores.length; b++) {
      double target = joined.get(rows.rows().get(b)).value();
      double s = scores[b];
      // -y log sigmoid(s) - (1 - y) log(1 - sigmoid(s)) = max(s, 0) - s y + log(1 + e^-|s|)
      loss += Math.max(s, 0) - s * target + Math.log1p(Math.exp(-Math.abs(s)));
      gradients[b] = (float) ((sigmoid(s) - target) / joined.size());
      error += Math.abs(sigmoid(s) - target);
    }
    if (!Double.isFinite(loss)) {
      throw new NonFiniteException(NAME + "/loss: " + loss + " (expected: finite)");
    }
    forward.backwardValues(SequenceScore.gradient(rows.sequences(), gradients, scope));
    return new Metrics()
        .sum(NAME + "/loss", loss / joined.size())
        .mean(NAME + "/error", error, scores.length);
  }

  private double[] score(List<ScoredTrajectory> responses) {
    List<Collator.Item> items = new ArrayList<>();
    Map<GroupId, Integer> groups = new HashMap<>();
    for (int i = 0; i < responses.size(); i++) {
      Trajectory one = responses.get(i).trajectory();
      int group = groups.computeIfAbsent(one.id().group(), key -> groups.size());
      items.add(item(i, group, one.prompt().tokens(), one.response()));
    }
    double[] probabilities = new double[responses.size()];
    trained.score(
        collator.microbatches(items),
        1,
        (rows, pass) -> {
          float[] scores = SequenceScore.of(rows.sequences(), pass);
          for (int b = 0; b < scores.length; b++) {
            probabilities[rows.rows().get(b)] = sigmoid(scores[b]);
          }
        });
    return probabilities;
  }

  private static Collator.Item item(int row, int group, TokenIds prompt, TokenIds response) {
    return new Collator.Item(row, group, prompt, SequenceScore.placed(response));
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Override
  public void close() {
    annotations.close();
    trained.close();
  }
}
