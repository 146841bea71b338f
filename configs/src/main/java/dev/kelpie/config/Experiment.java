package dev.kelpie.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything an experiment file can say. Each nested record is one block, each component one key in
 * kebab-case; {@link Doc} gives its meaning and unit, {@code DEFAULTS} its default. Checks within a
 * block stand in its own constructor, checks across blocks in this one's.
 */
public record Experiment(
    Run run,
    Data data,
    Policy policy,
    Value value,
    Reference reference,
    Rollout rollout,
    @Doc("rewards by name, each with a type, a weight and the options of its type")
        Map<String, ConfigBlock> reward,
    Algorithm algorithm,
    Learner learner,
    Async async,
    Checkpoint checkpoint,
    Weights weights,
    Cluster cluster,
    Dashboard dashboard,
    Eval eval,
    Sft sft) {
  public static final Experiment DEFAULTS =
      new Experiment(
          Run.DEFAULTS,
          Data.DEFAULTS,
          Policy.DEFAULTS,
          Value.DEFAULTS,
          Reference.DEFAULTS,
          Rollout.DEFAULTS,
          Map.of(),
          Algorithm.DEFAULTS,
          Learner.DEFAULTS,
          Async.DEFAULTS,
          Checkpoint.DEFAULTS,
          Weights.DEFAULTS,
          Cluster.DEFAULTS,
          Dashboard.DEFAULTS,
          Eval.DEFAULTS,
          Sft.DEFAULTS);

  public Experiment {
    reward = Map.copyOf(reward);
    CrossChecks.minibatchesDivideRows(rollout, learner);
    CrossChecks.groupsAreLargeEnough(rollout, algorithm);
    CrossChecks.valuesAreThere(value, algorithm);
    CrossChecks.referenceIsThere(reference, algorithm);
    CrossChecks.decayHasLength(learner);
  }

  /** The run as a whole. */
  public record Run(
      @Doc("first part of the run folder's name; empty: the experiment file's name") String name,
      @Doc("policy updates until the run ends, in steps of the whole loop") long steps,
      @Doc("seed of initial weights, order of prompts and samples") long seed) {
    public static final Run DEFAULTS = new Run("", 100, 1);

    public Run {
      Require.that(
          name.matches("[A-Za-z0-9._-]*"), "name: %s (expected: letters, digits, . _ -)", name);
      Require.atLeast("steps", steps, 1);
    }
  }

  /** The prompts. */
  public record Data(
      @Doc("file of prompts, relative to the experiment file") String path,
      @Doc("file format: jsonl, one JSON object per line") String format,
      @Doc("column with the row's id; empty: FILE:LINE") String id,
      @Doc("column with the prompt") String prompt,
      @Doc("column with the reference answer; empty: none") String answer,
      @Doc("column with the system message; empty: none") String system,
      @Doc("render the prompt with the checkpoint's own chat template") boolean chat,
      @Doc("text appended to the last user message before rendering") String suffix,
      @Doc("longest prompt, in tokens after rendering") int maxPromptTokens,
      @Doc("what to do with a longer prompt; each one is counted") TooLong tooLong,
      @Doc("a new order of the prompts, by the run's seed, on every pass") boolean shuffle) {
    public static final Data DEFAULTS =
        new Data("", "jsonl", "", "prompt", "answer", "", false, "", 512, TooLong.DROP, true);

    public Data {
      Require.oneOf("format", format, List.of("jsonl"));
      Require.that(!prompt.isEmpty(), "prompt: empty (expected: the name of a column)");
      Require.atLeast("max-prompt-tokens", maxPromptTokens, 1);
    }

    /** What happens to a prompt that is too long. */
    public enum TooLong {
      DROP,
      TRUNCATE_LEFT,
      ERROR
    }
  }

  /** The policy at the start. */
  public record Policy(
      @Doc("checkpoint folder in Hugging Face's format") String path,
      @Doc("where the first weights come from; random reads only config and tokenizer") Init init) {
    public static final Policy DEFAULTS = new Policy("", Init.CHECKPOINT);

    /** Source of the first weights. */
    public enum Init {
      CHECKPOINT,
      RANDOM
    }
  }

  /** The value head, for advantages that need one. */
  public record Value(
      @Doc("separate: a copy of the trunk with its own head; shared: a head on the policy")
          Kind kind,
      @Doc("peak learning rate of the separate value model") double learningRate,
      @Doc("factor of the squared error in the value loss") double coef,
      @Doc("clip of the value's move since the rollout; 0: none") double clip,
      @Doc("steps at the start in which only the value model is updated") int warmupSteps) {
    public static final Value DEFAULTS = new Value(Kind.NONE, 1e-5, 0.5, 0, 0);

    public Value {
      Require.positive("learning-rate", learningRate);
      Require.positive("coef", coef);
      Require.atLeast("clip", clip, 0.0);
      Require.atLeast("warmup-steps", warmupSteps, 0);
    }

    /** Where values come from. */
    public enum Kind {
      NONE,
      SEPARATE,
      SHARED
    }
  }

  /** The policy that KL is measured against; used where {@code algorithm.kl.coef > 0}. */
  public record Reference(
      @Doc("how the reference follows the policy") Schedule schedule,
      @Doc("its checkpoint folder; empty: the policy's start") String path,
      @Doc("steps between two refreshes") int every,
      @Doc("share of the old reference kept per step by ema") double decay) {
    public static final Reference DEFAULTS = new Reference(Schedule.FROZEN, "", 100, 0.99);

    public Reference {
      Require.atLeast("every", every, 1);
      Require.within("decay", decay, 0, 1);
    }

    /** How a reference follows the policy. */
    public enum Schedule {
      NONE,
      FROZEN,
      REFRESH,
      EMA,
      PREVIOUS;

      /** Whether published versions change the reference. */
      public boolean moves() {
        return this != NONE && this != FROZEN;
      }
    }
  }

  /** Generation. */
  public record Rollout(
      @Doc("rollout workers in this process") int workers,
      @Doc("native threads per worker; part of what makes a run repeatable") int threads,
      @Doc("responses per prompt") int groupSize,
      @Doc("prompts per step") int promptsPerStep,
      @Doc("prompts in one unit of work; 0: all prompts of a step") int unitPrompts,
      @Doc("sampling temperature") double temperature,
      @Doc("sample among this many likeliest tokens; 0: all") int topK,
      @Doc("sample among the likeliest tokens of this total probability") double topP,
      @Doc("drop tokens less likely than this share of the likeliest") double minP,
      @Doc("longest response, in tokens") int maxNewTokens,
      @Doc("generate up to the limit whatever is drawn; for measurements") boolean ignoreStop,
      @Doc("number format of weights; auto is fp32, which agrees with the learner")
          Precision precision,
      @Doc("rollout engine, such as djl") String engine) {
    public static final Rollout DEFAULTS =
        new Rollout(1, 2, 8, 8, 0, 1, 0, 1, 0, 256, false, Precision.AUTO, "djl");

    public Rollout {
      Require.atLeast("workers", workers, 1);
      Require.atLeast("threads", threads, 1);
      Require.atLeast("group-size", groupSize, 1);
      Require.atLeast("prompts-per-step", promptsPerStep, 1);
      Require.that(
          unitPrompts >= 0 && (unitPrompts == 0 || promptsPerStep % unitPrompts == 0),
          "unit-prompts: %s (expected: a divisor of prompts-per-step = %s, or 0)",
          unitPrompts,
          promptsPerStep);
      Require.positive("temperature", temperature);
      Require.atLeast("top-k", topK, 0);
      Require.that(topP > 0 && topP <= 1, "top-p: %s (expected: in (0, 1])", topP);
      Require.that(minP >= 0 && minP < 1, "min-p: %s (expected: in [0, 1))", minP);
      Require.atLeast("max-new-tokens", maxNewTokens, 1);
    }

    /** Number format of weights. */
    public enum Precision {
      AUTO,
      FP32,
      BF16,
      INT8
    }
  }

  /** From rewards to a loss. */
  public record Algorithm(
      @Doc("published recipe that the other keys of this block start from") String preset,
      @Doc("advantage estimator: a type and its options") ConfigBlock advantage,
      @Doc("policy loss: a type and its options") ConfigBlock loss,
      @Doc("value loss: a type and its options") ConfigBlock valueLoss,
      Kl kl,
      @Doc("how token losses become one number") String aggregation,
      @Doc("tokens that seq-mean-token-sum-norm divides by; 0: max-new-tokens") int normLength,
      @Doc("weight of the entropy bonus") double entropyCoef,
      @Doc("clip of a response's reward to plus or minus this; 0: none") double rewardClip,
      @Doc("leave responses that reached the length limit out of the loss") boolean maskTruncated) {
    public static final Algorithm DEFAULTS =
        new Algorithm(
            "grpo",
            ConfigBlock.empty("algorithm.advantage"),
            ConfigBlock.empty("algorithm.loss"),
            ConfigBlock.empty("algorithm.value-loss"),
            Kl.DEFAULTS,
            "token-mean",
            0,
            0,
            0,
            false);

    public Algorithm {
      Require.oneOf("aggregation", aggregation, CrossChecks.AGGREGATIONS);
      Require.atLeast("norm-length", normLength, 0);
      Require.atLeast("entropy-coef", entropyCoef, 0.0);
      Require.atLeast("reward-clip", rewardClip, 0.0);
    }
  }

  /** The pull back to the reference. */
  public record Kl(
      @Doc("weight of the KL term; 0: none, and no reference is loaded") double coef,
      @Doc("estimator of the KL per token: k1, k2, k3") String estimator,
      @Doc("added to the token loss, or taken from the token reward") Place place,
      @Doc("KL per response, in nats, that an adaptive weight steers to; 0: fixed") double target,
      @Doc("responses over which an adaptive weight moves") int horizon) {
    public static final Kl DEFAULTS = new Kl(0, "k3", Place.LOSS, 0, 10_000);

    public Kl {
      Require.atLeast("coef", coef, 0.0);
      Require.oneOf("estimator", estimator, List.of("k1", "k2", "k3"));
      Require.atLeast("target", target, 0.0);
      Require.atLeast("horizon", horizon, 1);
    }

    /** Where the KL term acts. */
    public enum Place {
      LOSS,
      REWARD
    }
  }

  /** The update. */
  public record Learner(
      @Doc("native threads; part of what makes a run repeatable") int threads,
      @Doc("peak learning rate") double learningRate,
      @Doc("constant, linear, cosine, or wsd: warm-up, stable, decay") String schedule,
      @Doc("steps from 0 to the peak") int warmupSteps,
      @Doc("steps of decay at the end, for wsd; 0 for others: all") int decaySteps,
      @Doc("learning rate at the end, as a share of the peak") double minRatio,
      @Doc("AdamW's decay of the mean gradient") double beta1,
      @Doc("AdamW's decay of the mean squared gradient") double beta2,
      @Doc("AdamW's epsilon") double epsilon,
      @Doc("AdamW's decoupled weight decay") double weightDecay,
      @Doc("global norm that gradients are scaled down to; 0: never") double maxGradNorm,
      @Doc("optimizer updates per pass over a step's responses") int minibatches,
      @Doc("passes over a step's responses") int epochs,
      @Doc(
              "tokens in one microbatch, padding included; 0: as many as 512 MiB of activations hold,"
                  + " 32 MiB for models below 8 M parameters")
          int tokenBudget) {
    public static final Learner DEFAULTS =
        new Learner(2, 1e-6, "constant", 0, 0, 0, 0.9, 0.95, 1e-8, 0.01, 1, 1, 1, 0);

    public Learner {
      Require.atLeast("threads", threads, 1);
      Require.positive("learning-rate", learningRate);
      Require.oneOf("schedule", schedule, List.of("constant", "linear", "cosine", "wsd"));
      Require.atLeast("warmup-steps", warmupSteps, 0);
      Require.atLeast("decay-steps", decaySteps, 0);
      Require.within("min-ratio", minRatio, 0, 1);
      Require.that(beta1 >= 0 && beta1 < 1, "beta1: %s (expected: in [0, 1))", beta1);
      Require.that(beta2 >= 0 && beta2 < 1, "beta2: %s (expected: in [0, 1))", beta2);
      Require.positive("epsilon", epsilon);
      Require.atLeast("weight-decay", weightDecay, 0.0);
      Require.atLeast("max-grad-norm", maxGradNorm, 0.0);
      Require.atLeast("minibatches", minibatches, 1);
      Require.atLeast("epochs", epochs, 1);
      Require.atLeast("token-budget", tokenBudget, 0);
    }
  }

  /** How far generation may run ahead of learning. */
  public record Async(
      @Doc("versions a response may lag; 0: synchronous, repeatable") int maxStaleness) {
    public static final Async DEFAULTS = new Async(0);

    public Async {
      Require.atLeast("max-staleness", maxStaleness, 0);
    }
  }

  /** States to resume from. */
  public record Checkpoint(
      @Doc("steps between two checkpoints; 0: only at the end") int every,
      @Doc("how many of the latest are kept") int keep) {
    public static final Checkpoint DEFAULTS = new Checkpoint(20, 2);

    public Checkpoint {
      Require.atLeast("every", every, 0);
      Require.atLeast("keep", keep, 1);
    }
  }

  /** Published weight files. */
  public record Weights(@Doc("how many of the latest versions are kept") int keep) {
    public static final Weights DEFAULTS = new Weights(2);

    public Weights {
      Require.atLeast("keep", keep, 1);
    }
  }

  /** Where the actors listen, and how patient they are. */
  public record Cluster(
      @Doc("address to bind; loopback only") String host,
      @Doc("port of the actors; 0: any free one") int port,
      @Doc("port of the bulk server; 0: any free one") int bulkPort,
      @Doc("what this process does; empty: everything") List<String> roles,
      @Doc("HOST:PORT of the learner's process; empty: this one") String seed,
      @Doc("how long a worker that lost the cluster tries to come back") Duration rejoinTimeout,
      @Doc("how long a reward may take for one response before it counts as failed")
          Duration rewardTimeout,
      @Doc("a step without progress for this long is a stall") Duration stallAfter) {
    public static final Cluster DEFAULTS =
        new Cluster(
            "127.0.0.1",
            0,
            0,
            List.of(),
            "",
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            Duration.ofMinutes(2));

    public Cluster {
      roles = List.copyOf(roles);
      Require.that(
          Set.of("127.0.0.1", "localhost", "::1").contains(host),
          "host: %s (expected: a loopback address; traffic is not encrypted)",
          host);
      Require.within("port", port, 0, 65_535);
      Require.within("bulk-port", bulkPort, 0, 65_535);
      Require.that(
          port == 0 || port != bulkPort,
          "bulk-port: %s (expected: another one than port = %s)",
          bulkPort,
          port);
      Require.positive("rejoin-timeout", rejoinTimeout);
      Require.positive("reward-timeout", rewardTimeout);
      Require.positive("stall-after", stallAfter);
      Require.that(
          seed.isEmpty() || seed.matches(".+:\\d+"), "seed: %s (expected: HOST:PORT)", seed);
    }
  }

  /** The live page. */
  public record Dashboard(
      @Doc("serve the page while the run lives") boolean enabled,
      @Doc("address to bind; loopback only") String host,
      @Doc("port of the page; another one where it is in use; 0: any free one") int port,
      @Doc("file with the token that opens the page; empty: a new token for each run")
          String tokenFile) {
    public static final Dashboard DEFAULTS = new Dashboard(true, "127.0.0.1", 7070, "");

    public Dashboard {
      Require.that(
          Set.of("127.0.0.1", "localhost", "::1").contains(host),
          "host: %s (expected: a loopback address; the page is not encrypted)",
          host);
      Require.within("port", port, 0, 65_535);
    }
  }

  /** Held-out measurement. */
  public record Eval(
      @Doc("steps between two evaluations; 0: only before the first and after the last step")
          int every,
      @Doc("file of held-out prompts, columns as in data; empty: no evaluation") String path,
      @Doc("prompts taken from the file's start; 0: all") int samples,
      @Doc("sampling temperature") double temperature,
      @Doc("measure greedy decoding too") boolean greedy) {
    public static final Eval DEFAULTS = new Eval(0, "", 256, 1, true);

    public Eval {
      Require.atLeast("every", every, 0);
      Require.atLeast("samples", samples, 0);
      Require.positive("temperature", temperature);
      Require.that(
          every == 0 || !path.isEmpty(), "every: %s (expected: 0, because path is empty)", every);
    }
  }

  /** Supervised training, by {@code kelpie sft}. */
  public record Sft(
      @Doc("optimizer updates") int steps,
      @Doc("rows per update") int batchSize,
      @Doc("column with the response") String response) {
    public static final Sft DEFAULTS = new Sft(100, 64, "response");

    public Sft {
      Require.atLeast("steps", steps, 1);
      Require.atLeast("batch-size", batchSize, 1);
      Require.that(!response.isEmpty(), "response: empty (expected: the name of a column)");
    }
  }
}
