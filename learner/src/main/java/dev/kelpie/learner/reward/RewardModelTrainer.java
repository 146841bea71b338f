package dev.kelpie.learner.reward;

import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.algorithms.score.ScoreReport;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.learner.TrainedModel;
import dev.kelpie.learner.optimizer.LearningRate;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.ModelPasses;
import dev.kelpie.learner.scoring.PreferenceHeadFile;
import dev.kelpie.learner.scoring.UserHeadFile;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.ThreadLanes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Training of one reward model: the policy's trunk with a score head, by a loss over pairs. Same
 * model, optimiser and schedule as those of supervised training; a pair's prompt is computed once
 * for both of its responses.
 */
final class RewardModelTrainer {
  private final Experiment experiment;
  private final RewardPairs pairs;
  private final ScoreLoss loss;
  private final TrainingState state;
  private final Member member;
  private final int steps;
  private final RewardModelListener listener;
  private final ThreadLanes lanes;
  private final Collator collator;
  private final Optional<UserTable> users;
  private final Optional<MetaStep> meta;

  /**
   * A model of an ensemble.
   *
   * @param number counted from 1
   * @param seed of the order of its pairs and of its head
   * @param folder that it is written to
   */
  record Member(int number, long seed, Path folder) {}

  /**
   * The result.
   *
   * @param steps how many were made, by earlier processes too
   * @param heldOut scores of the held-out pairs; empty when it was stopped before the last step
   */
  record Trained(int steps, List<ScoreReport.Pair> heldOut) {
    Trained {
      heldOut = List.copyOf(heldOut);
    }
  }

  private RewardModelTrainer(
      Experiment experiment,
      RewardPairs pairs,
      ScoreLoss loss,
      Member member,
      TrainingState state,
      RewardModelListener listener,
      CausalLm model,
      Optional<UserTable> users,
      Optional<FreshPairs> fresh) {
    this.users = users;
    this.meta =
        fresh.map(
            own -> new MetaStep(own, PairReading.of(experiment, loss, own.pad()), experiment));
    this.experiment = experiment;
    this.pairs = pairs;
    this.loss = loss;
    this.member = member;
    this.state = state;
    this.listener = listener;
    this.steps = steps(experiment.rewardModel(), pairs);
    this.lanes = ModelPasses.lanes(model.config(), experiment.learner().threads());
    this.collator = Collator.of(experiment.learner(), model.config());
  }

  /** The updates of a whole training. */
  static int steps(RewardModelOptions options, RewardPairs pairs) {
    double asked = options.epochs() * pairs.counts().trainingPairs() / options.batchSize();
    return options.steps() > 0 ? options.steps() : (int) Math.max(1, Math.ceil(asked));
  }

  /**
   * Trains {@code member} and writes it; when {@code listener} asks for a stop, its state instead.
   *
   * @param fresh pairs of responses of a policy, if each update has an inner step on some
   * @param pad the model's padding token
   * @param state continued from where it exists
   */
  static Trained train(
      Experiment experiment,
      RewardPairs pairs,
      Optional<FreshPairs> fresh,
      ScoreLoss loss,
      int pad,
      Member member,
      TrainingState state,
      RewardModelListener listener) {
    try (NativeThread thread = NativeThread.start("reward-model", experiment.learner().threads())) {
      return thread.call(
          () -> {
            CausalLm model = start(experiment, loss.outputs());
            Optional<UserTable> users =
                loss.ofUsers()
                    .map(
                        own ->
                            new UserTable(own, pairs.users(), experiment.learner(), member.seed()));
            RewardModelTrainer trainer =
                new RewardModelTrainer(
                    experiment, pairs, loss, member, state, listener, model, users, fresh);
            try (ThreadLanes lanes = trainer.lanes;
                TrainedModel trained =
                    new TrainedModel("reward_model", model, experiment.learner(), lanes)) {
              return trainer.train(trained, pad);
            } finally {
              users.ifPresent(UserTable::close);
            }
          });
    }
  }

  /** The experiment's policy with a score head, which starts at 0 unless it has one. */
  static CausalLm start(Experiment experiment, int outputs) {
    Path folder = Path.of(experiment.policy().path());
    if (experiment.policy().init() == PolicyOptions.Init.RANDOM) {
      ModelConfig config = ModelConfig.open(folder).withScore(outputs);
      return CausalLm.random(config, Heads.VALUE, experiment.run().seed());
    }
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      return CausalLm.of(checkpoint.config().withScore(outputs), Heads.VALUE, checkpoint);
    }
  }

  private Trained train(TrainedModel model, int pad) {
    if (experiment.rewardModel().headStd() > 0) {
      model.model().drawScoreHead(experiment.rewardModel().headStd(), member.seed());
    }
    int first = state.restore(model, users);
    LearningRate rates =
        new LearningRate(experiment.learner(), experiment.learner().learningRate(), steps);
    for (int step = first + 1; step <= steps; step++) {
      if (listener.stops()) {
        state.save(model, users, step - 1);
        return new Trained(step - 1, List.of());
      }
      Map<String, Double> numbers = new LinkedHashMap<>(update(model, step, rates.at(step - 1)));
      int every = experiment.rewardModel().evalEvery();
      if (every > 0 && step % every == 0 && step < steps && pairs.counts().heldOutPairs() > 0) {
        ScoreReport report = ScoreReport.of(heldOut(model));
        numbers.put("eval/reward_model/accuracy", report.accuracy());
        numbers.put("eval/reward_model/loss", report.loss());
      }
      listener.report(member.number(), step, steps, numbers);
      int saves = experiment.rewardModel().saveEvery();
      if (saves > 0 && step % saves == 0 && step < steps) {
        state.save(model, users, step);
      }
    }
    List<ScoreReport.Pair> heldOut = heldOut(model);
    PreferenceHeadFile.write(member.folder(), loss.head());
    UserHeadFile.write(member.folder(), users.map(UserTable::contents));
    Checkpoint.writeRewardModel(
        member.folder(),
        model.model().snapshot("reward-model", new PolicyVersion(steps)),
        Path.of(experiment.policy().path()),
        loss.outputs(),
        pad);
    state.finish(model, steps);
    return new Trained(steps, heldOut);
  }

  private List<ScoreReport.Pair> heldOut(TrainedModel model) {
    PairScores scores =
        PairScores.by(loss, (vector, user) -> users.orElseThrow().score(vector, user));
    return HeldOutScores.of(model.model(), scores, pairs, collator, lanes);
  }

  private Map<String, Double> update(TrainedModel model, int step, double rate) {
    int size = experiment.rewardModel().batchSize();
    List<ScorePair> batch = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      batch.add(pairs.training((long) (step - 1) * size + i, member.seed()));
    }
    if (!experiment.rewardModel().sourceColumn().isEmpty()) {
      return SourceUpdate.of(batch, loss, step).apply(model, collator, rate);
    }
    if (meta.isPresent()) {
      TrainedModel.Part outer =
          new TrainedModel.Part(
              collator.microbatches(PairItems.of(batch, true)),
              new PairObjective(loss, batch, users, step));
      return meta.get().apply(model, lanes, collator, outer, member.seed(), step, rate);
    }
    Map<String, Double> numbers =
        model.step(
            collator.microbatches(PairItems.of(batch, true)),
            1,
            rate,
            new PairObjective(loss, batch, users, step));
    users.ifPresent(UserTable::update);
    return numbers;
  }
}
