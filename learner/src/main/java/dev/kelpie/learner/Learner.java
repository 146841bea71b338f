package dev.kelpie.learner;

import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.pairing.Select;
import dev.kelpie.algorithms.pairing.Selects;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.DynamicSamplingOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.config.file.Stages;
import dev.kelpie.config.named.Members;
import dev.kelpie.experience.PolicyTrainer;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TrainedStep;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.reward.Annotations;
import dev.kelpie.experience.reward.GroupSpread;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.ModelPasses;
import dev.kelpie.learner.rows.SampleColumns;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.shaping.GreedyBaseline;
import dev.kelpie.learner.token.TokenChannel;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.NativeMemory;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.ThreadLanes;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Trains the policy, and critic and models of rewards if there are any, on complete groups of
 * scored responses. All native work runs on one thread. {@link PolicyGradient} is the update by a
 * policy loss, {@link PairwiseUpdate} that by a loss over pairs or labelled responses.
 */
public final class Learner implements PolicyTrainer {
  private final Experiment experiment;
  private final NativeThread thread;
  private final ThreadLanes lanes;
  private final TrainedModel policy;
  private final Optional<ValueModel> critic;
  private final Optional<ProcessRewardModel> processReward;
  private final Optional<OnlineRewardModel> onlineReward;
  private final Optional<HeldReference> reference;
  private final TokenChannel channel;
  private final Members members;
  private final Collator collator;
  private final Stages stages;
  private final IterationWeights iteration;
  private final Optional<HeldOutPairs> heldOut;
  private Experiment stage;
  private Select select;
  private StepUpdate update;
  private PolicyVersion version = new PolicyVersion(0);

  private Learner(
      Experiment experiment,
      Optional<PromptSource> heldOut,
      Optional<Annotations> annotations,
      NativeThread thread) {
    this.experiment = experiment;
    this.thread = thread;
    AlgorithmChecks.check(experiment);
    this.members = Members.of(experiment);
    this.stages = Stages.of(experiment);
    this.stage = stages.at(1).experiment();
    ValueOptions.Kind kind = experiment.value().kind();
    CausalLm model =
        PolicyAdapter.adapted(
            experiment,
            policy(experiment, kind == ValueOptions.Kind.SHARED ? Heads.BOTH : Heads.VOCABULARY));
    this.lanes = ModelPasses.lanes(model.config(), experiment.learner().threads());
    this.collator = Collator.of(experiment.learner(), model.config());
    this.policy = new TrainedModel("policy", model, experiment.learner(), lanes);
    this.heldOut =
        heldOut.map(pairs -> HeldOutPairs.open(experiment, pairs, model, lanes, collator));
    this.critic =
        kind == ValueOptions.Kind.SEPARATE
            ? Optional.of(ValueModel.copyOf(model, experiment, lanes))
            : Optional.empty();
    this.processReward =
        experiment.processReward().used()
            ? Optional.of(ProcessRewardModel.open(experiment, model, lanes))
            : Optional.empty();
    this.onlineReward =
        annotations.map(judged -> OnlineRewardModel.open(experiment, model, lanes, judged));
    this.channel = new TokenChannel(experiment);
    this.reference =
        AlgorithmChecks.holdsReference(experiment)
            ? Optional.of(HeldReference.of(experiment, model, lanes, collator))
            : Optional.empty();
    this.iteration =
        new IterationWeights(experiment.iterations(), policy, critic.map(ValueModel::trained));
    this.select = Selects.of(stage.algorithm().select());
    this.update = update(stage);
  }

  private StepUpdate update(Experiment of) {
    return of.algorithm().preferences()
        ? new PairwiseUpdate(of, policy, collator, reference, channel)
        : new PolicyGradient(of, policy, critic, processReward, collator, channel, reference);
  }

  /** Takes the keys of a step's stage; numbers that adapt continue unless it sets their block. */
  private void enter(long step) {
    Experiment next = stages.at(step).experiment();
    if (next.equals(stage)) {
      return;
    }
    AlgorithmOptions before = stage.algorithm();
    AlgorithmOptions after = next.algorithm();
    StepUpdate last = update;
    stage = next;
    select = Selects.of(after.select());
    update = update(next);
    if (after.kl().equals(before.kl())) {
      update.restoreKl(last.klCoefficient());
    }
    if (after.entropy().equals(before.entropy())
        && after.entropyCoef() == before.entropyCoef()
        && after.constraints().equals(before.constraints())
        && after.loss().equals(before.loss())) {
      update.restoreCarried(last.carried());
    }
  }

  /** A learner at version 0 of the experiment's policy. The caller closes it. */
  public static Learner open(Experiment experiment) {
    return open(experiment, Optional.empty(), Optional::empty);
  }

  /**
   * The same, which also ranks pairs that it is not trained on.
   *
   * @param heldOut rows of two responses, the better one first
   * @param annotations what a reward model is trained on in the loop, if there is one
   */
  public static Learner open(
      Experiment experiment,
      Optional<PromptSource> heldOut,
      Supplier<Optional<Annotations>> annotations) {
    NativeThread thread = NativeThread.start("learner", experiment.learner().threads());
    try {
      return thread.call(() -> new Learner(experiment, heldOut, annotations.get(), thread));
    } catch (RuntimeException e) {
      thread.close();
      throw e;
    }
  }

  /**
   * The policy an experiment starts from, without an adapter: its checkpoint, or fresh weights by
   * the run's seed.
   */
  public static CausalLm policy(Experiment experiment, Heads heads) {
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

  private TrainedStep step(TrainingBatch all) throws Exception {
    StepReport report = new StepReport();
    Optional<GreedyBaseline> baseline =
        experiment.algorithm().greedyBaseline()
            ? Optional.of(GreedyBaseline.of(all))
            : Optional.empty();
    TrainingBatch own = baseline.map(GreedyBaseline::rest).orElse(all);
    report.describe(own.withoutJoining(), version);
    TrainingBatch batch = onlineReward.isPresent() ? onlineReward.get().reward(own, report) : own;
    enter(batch.step());
    iteration.begin(version);
    baseline.ifPresent(greedy -> report.put("baseline/greedy_reward", greedy.mean()));
    StepRows made = StepRows.of(batch, stage.algorithm(), members);
    StepRows known = baseline.map(greedy -> made.withGreedy(greedy.greedy())).orElse(made);
    StepRows rows = selected(differing(batch, report, known), report);
    StepUpdate.Result pairs = update.train(batch, version, rows, report);
    version = version.next();
    iteration.end(version);
    update.published(snapshot());
    heldOut.ifPresent(held -> held.report(batch.step(), policy.model(), report));
    StepMetrics metrics = new StepMetrics(batch.step(), report.values());
    NativeMemory.trim();
    return new TrainedStep(
        metrics,
        SampleColumns.of(rows, Column.ADVANTAGES),
        SampleColumns.scoredLogprobs(rows),
        pairs.trained(),
        pairs.asked());
  }

  /** {@code rows}, of which only those that are selected are part of the loss. */
  private StepRows selected(StepRows rows, StepReport report) {
    Select ofStep = select.over(rows.candidates().stream().map(rows::kept).toList());
    ofStep.numbers().forEach(report::put);
    return rows.selected(ofStep, experiment.run().seed());
  }

  /** {@code rows}, of which groups without a spread are not part of the loss if so configured. */
  private StepRows differing(TrainingBatch batch, StepReport report, StepRows rows) {
    DynamicSamplingOptions options = stage.algorithm().dynamicSampling();
    if (!options.enabled()) {
      return rows;
    }
    Set<Integer> groups = new HashSet<>();
    for (int g = 0; g < batch.groups().size(); g++) {
      List<Score> scores =
          batch.groups().get(g).members().stream().map(ScoredTrajectory::score).toList();
      if (GroupSpread.differ(scores, options.metric())) {
        groups.add(g);
      }
    }
    report.put("sampling/groups_without_spread", batch.groups().size() - groups.size());
    return rows.ofGroups(groups);
  }

  @Override
  public WeightSnapshot snapshot() {
    return policy.model().snapshot("policy", version);
  }

  @Override
  public Optional<WeightSnapshot> samplingWeights() {
    return iteration.samplingWeights(version);
  }

  @Override
  public Optional<WeightSnapshot> discardBranch() {
    return thread.call(() -> iteration.discardBranch(version))
        ? Optional.of(snapshot())
        : Optional.empty();
  }

  @Override
  public Optional<WeightSnapshot> processReward() {
    return processReward
        .map(ProcessRewardModel::snapshot)
        .or(() -> onlineReward.map(OnlineRewardModel::snapshot));
  }

  @Override
  public void save(Path folder) {
    thread.call(
        () -> {
          checkpoint(folder)
              .save(
                  new RunCheckpoint.State(
                      version.number(), update.klCoefficient(), update.carried()));
          update.save(folder);
          iteration.save(folder, version);
          return true;
        });
  }

  @Override
  public void restore(Path folder) {
    thread.call(
        () -> {
          RunCheckpoint.State state = checkpoint(folder).restore();
          version = new PolicyVersion(state.version());
          enter(Math.max(1, version.number()));
          update.restoreKl(state.klCoefficient());
          update.restoreCarried(state.carried());
          update.restore(folder);
          iteration.restore(folder, version);
          return true;
        });
  }

  @Override
  public void rollBack(Path folder) {
    PolicyVersion now = version;
    restore(folder);
    thread.call(
        () -> {
          version = now;
          enter(Math.max(1, now.number()));
          return true;
        });
  }

  private RunCheckpoint checkpoint(Path folder) {
    return new RunCheckpoint(
        folder,
        policy,
        critic.map(ValueModel::trained),
        processReward,
        onlineReward.map(OnlineRewardModel::trained),
        PolicyAdapter.config(experiment),
        Path.of(experiment.policy().path()));
  }

  @Override
  public void close() {
    thread.call(
        () -> {
          iteration.close();
          channel.close();
          reference.ifPresent(HeldReference::close);
          processReward.ifPresent(ProcessRewardModel::close);
          onlineReward.ifPresent(OnlineRewardModel::close);
          critic.ifPresent(ValueModel::close);
          policy.close();
          lanes.close();
          return true;
        });
    thread.close();
  }
}
