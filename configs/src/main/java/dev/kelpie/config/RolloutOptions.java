package dev.kelpie.config;

/** Generation of responses. */
public record RolloutOptions(
    @Doc("rollout workers in this process") int workers,
    @Doc("native threads per worker; part of what makes a run repeatable") int threads,
    @Doc("the policy's own responses per prompt; 0 where members write all") int groupSize,
    @Doc("prompts per step") int promptsPerStep,
    @Doc("prompts in one unit of work; 0: the rollout workers share a step") int unitPrompts,
    @Doc("sampling temperature") double temperature,
    @Doc("sample among this many likeliest tokens; 0: all") int topK,
    @Doc("sample among the likeliest tokens of this total probability") double topP,
    @Doc("drop tokens less likely than this share of the likeliest") double minP,
    @Doc("longest response, in tokens") int maxNewTokens,
    @Doc("generate up to the limit whatever is drawn; for measurements") boolean ignoreStop,
    @Doc("number format of weights; auto is fp32, which agrees with the learner")
        Precision precision,
    @Doc("rollout engine: djl samples responses; dataset takes those of the data file")
        String engine,
    @Doc(
            "engine = dataset: share of a step's prompts whose responses are the file's; the others"
                + " are sampled")
        double mix) {
  private static final String DATASET = "dataset";

  public static final RolloutOptions DEFAULTS =
      new RolloutOptions(1, 2, 8, 8, 0, 1, 0, 1, 0, 256, false, Precision.AUTO, "djl");

  /** The options of an engine that samples everything. */
  public RolloutOptions(
      int workers,
      int threads,
      int groupSize,
      int promptsPerStep,
      int unitPrompts,
      double temperature,
      int topK,
      double topP,
      double minP,
      int maxNewTokens,
      boolean ignoreStop,
      Precision precision,
      String engine) {
    this(
        workers,
        threads,
        groupSize,
        promptsPerStep,
        unitPrompts,
        temperature,
        topK,
        topP,
        minP,
        maxNewTokens,
        ignoreStop,
        precision,
        engine,
        1);
  }

  public RolloutOptions {
    Require.atLeast("workers", workers, 1);
    Require.atLeast("threads", threads, 1);
    Require.atLeast("group-size", groupSize, 0);
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
    Require.that(
        engine.equals(DATASET) || mix == 1,
        "mix: %s (expected: no value, because engine = %s)",
        mix,
        engine);
    Require.that(mix > 0 && mix <= 1, "mix: %s (expected: in (0, 1])", mix);
    Require.that(
        mix == 1 || unitPrompts == 0,
        "unit-prompts: %s (expected: 0, because mix = %s)",
        unitPrompts,
        mix);
    long fromFile = Math.round(mix * promptsPerStep);
    Require.that(
        mix == 1 || (fromFile > 0 && fromFile < promptsPerStep),
        "mix: %s (expected: a share that leaves a prompt of prompts-per-step = %s to both)",
        mix,
        promptsPerStep);
    Require.that(
        !engine.equals(DATASET) || mix < 1 || temperature == 1,
        "temperature: %s (expected: 1, because engine = dataset samples nothing)",
        temperature);
  }

  /** Whether groups of responses are taken from the data file. */
  public boolean fromFile() {
    return engine.equals(DATASET);
  }

  /** Whether training steps have responses that the policy samples. */
  public boolean samples() {
    return !fromFile() || mix < 1;
  }

  /** Number of a step's prompts, the first ones, whose responses are those of the data file. */
  public int promptsFromFile() {
    return fromFile() ? (int) Math.round(mix * promptsPerStep) : 0;
  }

  /** Number format of weights. */
  public enum Precision {
    AUTO,
    FP32,
    BF16,
    INT8
  }
}
