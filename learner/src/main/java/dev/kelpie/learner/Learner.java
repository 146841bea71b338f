package dev.kelpie.learner;

import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.KlController;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.advantage.AdvantageEstimator;
import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.algorithms.loss.value.ValueObjective;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.experience.PolicyTrainer;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TrainedStep;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.NativeMemory;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.ThreadLanes;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Trains the policy, and the critic if there is one, on complete groups of scored responses:
 * scoring, credit, then for every epoch and minibatch loss, backward pass and optimiser step. All
 * native work runs on one thread.
 *
 * <p>The ratio's old log-probabilities are those of the weights at the start of the step,
 * recomputed here; tokens drawn by an older version keep those the rollout reported, unless an
 * off-policy correction, or the loss itself, weighs them.
 */
public final class Learner implements PolicyTrainer {
  private final Experiment experiment;
  private final NativeThread thread;
  private final ThreadLanes lanes;
  private final TrainedModel policy;
  private final Optional<ValueModel> critic;
  private final PolicyObjective objective;
  private final Optional<ValueObjective> sharedValues;
  private final CreditAssignment credit;
  private final Collator collator;
  private PolicyVersion version = new PolicyVersion(0);
  private KlController klController;

  private Learner(Experiment experiment, NativeThread thread) {
    this.experiment = experiment;
    this.thread = thread;
    AlgorithmChecks.check(experiment);
    AlgorithmOptions algorithm = experiment.algorithm();
    this.objective = PolicyObjective.of(algorithm, experiment.rollout().maxNewTokens());
    AdvantageEstimator estimator = AdvantageEstimators.catalog().create(algorithm.advantage());
    this.credit = new CreditAssignment(estimator, algorithm.rewardClip());
    this.klController =
        new KlController(algorithm.kl().coef(), algorithm.kl().target(), algorithm.kl().horizon());
    ValueOptions.Kind kind = experiment.value().kind();
    this.sharedValues =
        kind == ValueOptions.Kind.SHARED
            ? Optional.of(ValueObjective.of(experiment))
            : Optional.empty();
    CausalLm model =
        policy(experiment, kind == ValueOptions.Kind.SHARED ? Heads.BOTH : Heads.VOCABULARY);
    this.lanes = ModelPasses.lanes(model.config(), experiment.learner().threads());
    this.collator = Collator.of(experiment.learner(), model.config());
    this.policy = new TrainedModel("policy", model, experiment.learner(), lanes);
    this.critic =
        kind == ValueOptions.Kind.SEPARATE
            ? Optional.of(ValueModel.copyOf(model, experiment, lanes))
            : Optional.empty();
  }

  /** A learner at version 0 of the experiment's policy. The caller closes it. */
  public static Learner open(Experiment experiment) {
    NativeThread thread = NativeThread.start("learner", experiment.learner().threads());
    try {
      return thread.call(() -> new Learner(experiment, thread));
    } catch (RuntimeException e) {
      thread.close();
      throw e;
    }
  }

  /** The policy an experiment starts from: its checkpoint, or fresh weights by the run's seed. */
  static CausalLm policy(Experiment experiment, Heads heads) {
    Path folder = Path.of(experiment.policy().path());
    return experiment.policy().init() == PolicyOptions.Init.RANDOM
        ? CausalLm.random(ModelConfig.open(folder), heads, experiment.run().seed())
        : CausalLm.open(folder, heads);
  }

  @Override
  public PolicyVersion version() {
    return version;
  }

  @Override
  public TrainedStep train(TrainingBatch batch) {
    return thread.call(() -> step(batch));
  }

  private TrainedStep step(TrainingBatch batch) throws Exception {
    StepReport report = new StepReport();
    report.describe(batch, version);
    StepRows rows = StepRows.of(batch, experiment.algorithm().maskTruncated());
    List<Integer> trained = rows.trained();
    if (!trained.isEmpty()) {
      MinibatchOrder order =
          new MinibatchOrder(experiment.run().seed(), experiment.learner().minibatches());
      List<List<Integer>> first = order.of(rows, trained, batch.step(), 0);
      report.timed("old_logprob", () -> scoreOld(rows, first));
      report.timed("values", () -> scoreValues(rows));
      double kl = report.timed("adv", () -> assignCredit(rows, report));
      for (int epoch = 0; epoch < experiment.learner().epochs(); epoch++) {
        for (List<Integer> minibatch : order.of(rows, trained, batch.step(), epoch)) {
          update(batch.step(), rows, minibatch, report);
        }
      }
      report.put("kl/coef", klController.coefficient());
      steer(kl, rows, report);
    }
    version = version.next();
    StepMetrics metrics = new StepMetrics(batch.step(), report.values());
    NativeMemory.trim();
    return new TrainedStep(metrics, rows.bySample(Column.ADVANTAGES));
  }

  /** Old log-probabilities of all rows that the first update does not provide itself. */
  private boolean scoreOld(StepRows rows, List<List<Integer>> minibatches) {
    boolean corrected = objective.correction().isPresent() || objective.loss().needsProximal();
    for (int i = 0; i < rows.rows().size(); i++) {
      Trajectory trajectory = rows.row(i).trajectory();
      if (!corrected && !trajectory.versions().oldest(version).equals(version)) {
        rows.put(Column.OLD_LOGPROBS, i, trajectory.rolloutLogprobs());
      }
    }
    boolean all = klInReward() || sharedValues.isPresent();
    List<Integer> wanted =
        all
            ? IntStream.range(0, rows.rows().size()).boxed().toList()
            : minibatches.stream().skip(1).flatMap(List::stream).toList();
    policy.score(
        collator.microbatches(rows.items(wanted)),
        rows.temperature(),
        (batch, pass) -> {
          rows.putMissing(Column.OLD_LOGPROBS, batch, pass.logprobs());
          if (sharedValues.isPresent()) {
            rows.putMissing(Column.OLD_VALUES, batch, pass.values());
          }
        });
    return true;
  }

  private boolean scoreValues(StepRows rows) {
    List<Integer> all = IntStream.range(0, rows.rows().size()).boxed().toList();
    critic.ifPresent(model -> model.score(rows, collator.microbatches(rows.items(all))));
    return true;
  }

  /** Returns the mean KL to the reference per response where the reward carries it, else NaN. */
  private double assignCredit(StepRows rows, StepReport report) {
    double perResponse = Double.NaN;
    if (klInReward()) {
      double[][] kl = CreditAssignment.kl(rows, objective.kl());
      double sum = 0;
      double tokens = 0;
      for (double[] row : kl) {
        for (double token : row) {
          sum += token;
        }
        tokens += row.length;
      }
      perResponse = sum / kl.length;
      report.put("kl/ref_" + experiment.algorithm().kl().estimator(), sum / tokens);
      credit.assign(rows, kl, klController.coefficient());
    } else {
      credit.assign(rows);
    }
    report.credit(rows, critic.isPresent() || sharedValues.isPresent());
    return perResponse;
  }

  private void update(long step, StepRows rows, List<Integer> minibatch, StepReport report)
      throws Exception {
    List<Microbatch> batches = collator.microbatches(rows.items(minibatch));
    Denominators denominators = rows.denominators(minibatch);
    boolean warming =
        step <= experiment.value().warmupSteps()
            && experiment.value().kind() != ValueOptions.Kind.NONE;
    if (!warming || sharedValues.isPresent()) {
      Optional<PolicyObjective> loss = warming ? Optional.empty() : Optional.of(currentObjective());
      PolicyUpdate learnt = new PolicyUpdate(rows, denominators, loss, sharedValues);
      double rate = rate(experiment.learner().learningRate(), step);
      report.update(
          report.timed(
              "update_policy", () -> policy.step(batches, rows.temperature(), rate, learnt)));
    }
    if (critic.isPresent()) {
      double rate = rate(experiment.value().learningRate(), step);
      report.update(
          report.timed("update_value", () -> critic.get().step(rows, denominators, batches, rate)));
    }
  }

  private PolicyObjective currentObjective() {
    return objective.needsReference()
        ? objective.withKl(klController.coefficient(), objective.kl())
        : objective;
  }

  /** Moves an adaptive KL coefficient by the mean KL per response, in nats. */
  private void steer(double klPerResponse, StepRows rows, StepReport report) {
    double kl = klPerResponse;
    if (Double.isNaN(kl) && objective.needsReference()) {
      double perToken =
          report
              .values()
              .getOrDefault("kl/ref_" + experiment.algorithm().kl().estimator(), Double.NaN);
      kl = perToken * rows.rows().stream().mapToInt(StepRows.Row::length).average().orElse(0);
    }
    if (Double.isFinite(kl)) {
      klController = klController.updated(kl, rows.rows().size());
    }
  }

  private double rate(double peak, long step) {
    return new LearningRate(experiment.learner(), peak, experiment.run().steps())
        .at(Math.max(0, step - 1));
  }

  private boolean klInReward() {
    KlOptions kl = experiment.algorithm().kl();
    return kl.place() == KlOptions.Place.REWARD && kl.coef() > 0;
  }

  @Override
  public WeightSnapshot snapshot() {
    return policy.model().snapshot("policy", version);
  }

  @Override
  public void save(Path folder) {
    thread.call(
        () -> {
          checkpoint(folder)
              .save(new RunCheckpoint.State(version.number(), klController.coefficient()));
          return true;
        });
  }

  @Override
  public void restore(Path folder) {
    thread.call(
        () -> {
          RunCheckpoint.State state = checkpoint(folder).restore();
          KlOptions kl = experiment.algorithm().kl();
          version = new PolicyVersion(state.version());
          klController = new KlController(state.klCoefficient(), kl.target(), kl.horizon());
          return true;
        });
  }

  private RunCheckpoint checkpoint(Path folder) {
    return new RunCheckpoint(
        folder, policy, critic.map(ValueModel::trained), Path.of(experiment.policy().path()));
  }

  @Override
  public void close() {
    thread.call(
        () -> {
          critic.ifPresent(ValueModel::close);
          policy.close();
          lanes.close();
          return true;
        });
    thread.close();
  }
}
