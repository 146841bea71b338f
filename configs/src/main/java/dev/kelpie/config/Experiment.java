package dev.kelpie.config;

import java.util.Map;
import java.util.TreeSet;

/**
 * Everything that an experiment file can say. Each component is one block of the file, a record
 * whose components are the block's keys in kebab-case: {@link Doc} gives a key's meaning and unit,
 * {@code DEFAULTS} its default. A block's constructor checks the block; the constructor of this
 * record checks the blocks against each other, but for what a catalog must know.
 */
public record Experiment(
    RunOptions run,
    DataOptions data,
    PolicyOptions policy,
    ValueOptions value,
    RewardModelOptions.InTheLoop processReward,
    RewardModelOptions.Online onlineReward,
    ReferenceOptions reference,
    @Doc("named models: a checkpoint's path, an iterate of the policy, or the url of a server")
        Map<String, ConfigBlock> models,
    @Doc("other templates of the prompts by name") Map<String, ConfigBlock> variants,
    RolloutOptions rollout,
    @Doc("members of every group beside the policy's own samples, by name")
        Map<String, ConfigBlock> members,
    @Doc("rewards by name, each with a type, a weight and the options of its type")
        Map<String, ConfigBlock> reward,
    @Doc("scorers that only evaluations ask, by name, each with a type and the options of its type")
        Map<String, ConfigBlock> heldOut,
    @Doc("how the responses of a prompt are compared: a type and its options") ConfigBlock compare,
    @Doc("value of a response within its group in place of its score: a type and its options")
        ConfigBlock groupReward,
    DirectionOptions directions,
    AlgorithmOptions algorithm,
    LearnerOptions learner,
    IterationOptions iterations,
    AsyncOptions async,
    CheckpointOptions checkpoint,
    WeightsOptions weights,
    ClusterOptions cluster,
    DashboardOptions dashboard,
    RunOptions.Tracking tracking,
    EvalOptions eval,
    EvalOptions.Gate gate,
    SftOptions sft,
    RewardModelOptions rewardModel) {
  public static final Experiment DEFAULTS =
      new Experiment(
          RunOptions.DEFAULTS,
          DataOptions.DEFAULTS,
          PolicyOptions.DEFAULTS,
          ValueOptions.DEFAULTS,
          RewardModelOptions.InTheLoop.DEFAULTS,
          RewardModelOptions.Online.DEFAULTS,
          ReferenceOptions.DEFAULTS,
          Map.of(),
          Map.of(),
          RolloutOptions.DEFAULTS,
          Map.of(),
          Map.of(),
          Map.of(),
          ConfigBlock.empty("compare"),
          ConfigBlock.empty("group-reward"),
          DirectionOptions.DEFAULTS,
          AlgorithmOptions.DEFAULTS,
          LearnerOptions.DEFAULTS,
          IterationOptions.DEFAULTS,
          AsyncOptions.DEFAULTS,
          CheckpointOptions.DEFAULTS,
          WeightsOptions.DEFAULTS,
          ClusterOptions.DEFAULTS,
          DashboardOptions.DEFAULTS,
          RunOptions.Tracking.DEFAULTS,
          EvalOptions.DEFAULTS,
          EvalOptions.Gate.DEFAULTS,
          SftOptions.DEFAULTS,
          RewardModelOptions.DEFAULTS);

  public Experiment {
    members = Map.copyOf(members);
    reward = Map.copyOf(reward);
    heldOut = Map.copyOf(heldOut);
    models = Map.copyOf(models);
    variants = Map.copyOf(variants);
    Require.that(
        !rollout.fromFile() || data.form() != DataForm.PROMPTS,
        "rollout.engine: dataset (expected: djl, because rows of data.form = prompts have no"
            + " responses)");
    // Of a file's groups the size is not known; a minibatch has at least a row of each prompt.
    long rows = (long) rollout.promptsPerStep() * (rollout.fromFile() ? 1 : rollout.groupSize());
    Require.that(
        algorithm.preferences() || !members.isEmpty() || rows % learner.minibatches() == 0,
        "learner.minibatches: %s (expected: a divisor of rollout.prompts-per-step %s x"
            + " rollout.group-size %s = %s responses)",
        learner.minibatches(),
        rollout.promptsPerStep(),
        rollout.groupSize(),
        rows);
    Require.that(
        algorithm.kl().coef() == 0 || reference.schedule() != ReferenceOptions.Schedule.NONE,
        "reference.schedule: none (expected: frozen, refresh, ema or previous, because"
            + " algorithm.kl.coef = %s)",
        algorithm.kl().coef());
    Require.that(
        !learner.schedule().equals("wsd") || learner.decaySteps() > 0,
        "learner.decay-steps: %s (expected: at least 1, because learner.schedule = wsd)",
        learner.decaySteps());
    ClusterOptions.requireAddress("dashboard.host", dashboard.host(), !cluster.tlsPath().isEmpty());
    iterations.requireFits(run, async, reference);
    Require.that(
        heldOut.isEmpty() || !eval.path().isEmpty(),
        "held-out: %s (expected: none, because eval.path names no prompts to measure them on)",
        String.join(", ", new TreeSet<>(heldOut.keySet())));
    checkpoint.requireMeasured(eval, reward.keySet(), heldOut.keySet());
    gate.requireMeasured(eval, reward.keySet(), heldOut.keySet());
    if (gate.rollsBack()) {
      requireRollback(gate, checkpoint, async, iterations, reference);
    }
  }

  /** What a return to earlier weights needs. */
  private static void requireRollback(
      EvalOptions.Gate gate,
      CheckpointOptions checkpoint,
      AsyncOptions async,
      IterationOptions iterations,
      ReferenceOptions reference) {
    Require.that(
        checkpoint.best().equals(gate.metric()) && checkpoint.goal() == gate.goal(),
        "gate.action: rollback (expected: stop or promote, because checkpoint.best keeps no"
            + " checkpoint by %s, %s)",
        gate.metric(),
        KebabCase.of(gate.goal()));
    Require.that(
        async.maxStaleness() == 0,
        "async.max-staleness: %s (expected: 0, because gate.action = rollback)",
        async.maxStaleness());
    Require.that(
        iterations.equals(IterationOptions.DEFAULTS),
        "iterations: set (expected: none, because gate.action = rollback)");
    Require.that(
        !reference.schedule().moves(),
        "reference.schedule: %s (expected: frozen or none, because gate.action = rollback returns"
            + " the policy alone)",
        KebabCase.of(reference.schedule()));
  }

  /** Most versions between the weights that sample a step and those that are trained on it. */
  public int mostLag() {
    return Math.max(async.maxStaleness(), iterations.steps() - 1);
  }
}
