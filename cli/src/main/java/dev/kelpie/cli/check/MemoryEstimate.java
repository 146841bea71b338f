package dev.kelpie.cli.check;

import dev.kelpie.cli.terminal.UsableMemory;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.config.named.Members;
import dev.kelpie.learner.AlgorithmChecks;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.model.Forward;
import dev.kelpie.model.architecture.ModelConfig;
import java.nio.file.Path;
import java.util.Locale;

/**
 * An estimate of a run's peak memory in bytes, from shapes alone.
 *
 * <p>Learner: weights, gradients and two AdamW moments in float32, so 16 bytes per parameter, and
 * the same for a separate value model and a process reward model; each model that scores 4, and so
 * each copy that iterations keep; 2 more in each model whose products are in bfloat16. Rollout: a
 * copy of the weights per worker and the key/value cache. Both planes are counted, because a packed
 * copy may live beside the learner.
 *
 * @param learner trained models, and those that score
 * @param weights of all workers
 * @param cache keys and values of all workers
 * @param activations of the microbatches that go through the model at the same time
 */
record MemoryEstimate(long learner, long weights, long cache, long activations) {
  private static final long PROCESS = 600L << 20; // JVM, libtorch's own code and buffers
  private static final int FLOAT = 4;

  static MemoryEstimate of(Experiment experiment, ModelConfig model) {
    long parameters = model.parameterCount();
    boolean separateValue = experiment.value().kind() == ValueOptions.Kind.SEPARATE;
    int scoring = RunInputs.plan(experiment, RunInputs.reward(experiment)).held();
    boolean adapted = experiment.policy().lora().used();
    boolean reference =
        AlgorithmChecks.holdsReference(experiment) || !experiment.eval().pairsPath().isEmpty();
    int held = adapted || reference ? 1 : 0; // with an adapter both are the frozen base
    long copies = experiment.iterations().copies(separateValue);
    long trained =
        adapted
            ? PolicyAdapter.parameterCount(experiment, model)
            : parameters * (separateValue ? 2 : 1) + rewardModels(experiment, parameters);
    boolean halves = experiment.learner().precision() == LearnerOptions.Precision.BF16;
    long rounded = (adapted ? 0 : trained) + (scoring + held) * parameters;
    return new MemoryEstimate(
        trained * 4 * FLOAT
            + (scoring + held + copies) * parameters * FLOAT
            + (halves ? rounded * 2 : 0),
        weights(experiment, model),
        cache(experiment, model),
        activations(experiment, model));
  }

  /** Parameters of what is trained in the loop, copies of the policy unless a path is named. */
  private static long rewardModels(Experiment experiment, long parameters) {
    RewardModelOptions.InTheLoop process = experiment.processReward();
    RewardModelOptions.Online online = experiment.onlineReward();
    return (process.used() ? parameters(process.path(), parameters) : 0)
        + (online.used() ? parameters(online.path(), parameters) : 0);
  }

  private static long parameters(String path, long ofPolicy) {
    return path.isEmpty() ? ofPolicy : ModelConfig.open(Path.of(path)).parameterCount();
  }

  private static long weights(Experiment experiment, ModelConfig model) {
    long models = 1L + Members.of(experiment).sampled().size();
    return experiment.rollout().workers()
        * models
        * model.parameterCount()
        * switch (experiment.rollout().precision()) {
          case AUTO, FP32 -> FLOAT;
          case BF16 -> 2;
          case INT8 -> 1;
        };
  }

  private static long cache(Experiment experiment, ModelConfig model) {
    RolloutOptions rollout = experiment.rollout();
    long prompts = rollout.unitPrompts() == 0 ? rollout.promptsPerStep() : rollout.unitPrompts();
    long tokens = experiment.data().maxPromptTokens() + (long) rollout.maxNewTokens();
    long perToken = 2L * model.layers() * model.keyValueHeads() * model.headSize() * FLOAT;
    int most =
        Math.max(
            rollout.groupSize(),
            Members.of(experiment).sampled().values().stream()
                .mapToInt(member -> member.count() * (member.from().equals("mixture") ? 2 : 1))
                .max()
                .orElse(0));
    return rollout.workers() * perToken * prompts * most * tokens;
  }

  private static long activations(Experiment experiment, ModelConfig model) {
    Collator collator = Collator.of(experiment.learner(), model);
    return (long) collator.lanes() * collator.tokenBudget() * Forward.tapeBytesPerToken(model);
  }

  /** Weights and cache of all workers. */
  long rollout() {
    return weights + cache;
  }

  /** The sum, with the fixed cost of a process. */
  long total() {
    return PROCESS + learner + rollout() + activations;
  }

  /** What a run holds from its first step on, however short its prompts and responses are. */
  long least() {
    return PROCESS + learner + weights;
  }

  /**
   * Refuses a run that memory cannot hold even with short prompts and responses.
   *
   * @throws ConfigException when {@link #least} is more than this process may use
   */
  static void requireRoom(Experiment experiment, ModelConfig model) {
    of(experiment, model).requireRoom(UsableMemory.bytesWithSwap());
  }

  void requireRoom(long bytes) {
    if (least() > bytes) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "memory: %s for this process (expected: at least %s for this run, and about %s at"
                  + " its peak; a smaller model needs less)",
              mebibytes(bytes),
              mebibytes(least()),
              mebibytes(total())));
    }
  }

  /**
   * Returns the estimate as one line.
   *
   * @throws ConfigException when it is more than {@code bytes}
   */
  String requireFits(long bytes) {
    String parts =
        String.format(
            Locale.ROOT,
            "about %s: learner %s, activations %s, rollout %s; this machine has %s",
            mebibytes(total()),
            mebibytes(learner),
            mebibytes(activations),
            mebibytes(rollout()),
            mebibytes(bytes));
    if (total() > bytes) {
      throw new ConfigException(
          parts
              + " (expected: to fit; lower learner.token-budget, rollout.unit-prompts or the"
              + " model)");
    }
    return parts;
  }

  private static String mebibytes(long bytes) {
    return (bytes >> 20) + " MiB";
  }
}
