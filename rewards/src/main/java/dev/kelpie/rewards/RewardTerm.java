package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.SampleNumbers;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;

/** One named reward of an experiment, and its share in the whole. */
record RewardTerm(String name, Reward reward, Common common) {
  /** How a reward joins the others. */
  enum Combine {
    /** It is a summand. */
    ADD,
    /** It is a factor of the sum. */
    MULTIPLY
  }

  /**
   * The prompts that a reward is for.
   *
   * @param column column of the data set; empty: all prompts
   */
  record When(
      @Doc("column of the data set that decides; empty: all prompts") String column,
      @Doc("the reward counts for prompts with this text in the column") String equals) {
    static final When ALWAYS = new When("", "");

    When {
      Require.that(
          !column.isEmpty() || equals.isEmpty(),
          "equals: %s (expected: none, because there is no column)",
          equals);
    }
  }

  /** Options that every reward takes beside those of its type. */
  record Common(
      @Doc("factor of its value in the sum") double weight,
      @Doc("column of the data set with a further factor for each prompt; empty: none")
          String weightColumn,
      @Doc("add: a summand of the reward; multiply: a factor of the sum of the others")
          Combine combine,
      @Doc("a value at or above it is multiplied by above, one below it by below; none: neither")
          OptionalDouble threshold,
      @Doc("factor of values at or above the threshold") double above,
      @Doc("factor of values below the threshold") double below,
      @Doc("the prompts that it counts for") When when,
      @Doc("how long it may take for one response; zero: as long as all of them together")
          Duration timeout) {
    static final Common DEFAULTS =
        new Common(1, "", Combine.ADD, OptionalDouble.empty(), 1, 1, When.ALWAYS, Duration.ZERO);

    Common {
      Require.that(Double.isFinite(weight), "weight: %s (expected: a finite number)", weight);
      requireFactor("above", above, threshold);
      requireFactor("below", below, threshold);
      Require.that(!timeout.isNegative(), "timeout: %s (expected: a duration)", timeout);
    }

    private static void requireFactor(String key, double factor, OptionalDouble threshold) {
      Require.that(Double.isFinite(factor), "%s: %s (expected: a finite number)", key, factor);
      Require.that(
          threshold.isPresent() || factor == 1,
          "%s: %s (expected: 1, because there is no threshold)",
          key,
          factor);
    }
  }

  /** The same, normalised by its values so far. */
  RewardTerm scaled(Map<String, Scale> soFar) {
    return new RewardTerm(name, reward.scaled(soFar.getOrDefault(name, Scale.NONE)), common);
  }

  boolean multiplies() {
    return common.combine() == Combine.MULTIPLY;
  }

  /** Whether the reward counts for a prompt. */
  boolean appliesTo(Prompt prompt) throws RewardException {
    When when = common.when();
    return when.column().isEmpty()
        || column("when.column", when.column(), prompt).equals(when.equals());
  }

  /** The summand or factor that comes of the reward's own value. */
  double share(Prompt prompt, double value) throws RewardException {
    double kept = value;
    if (common.threshold().isPresent()) {
      kept *= value >= common.threshold().getAsDouble() ? common.above() : common.below();
    }
    return weight(prompt) * kept;
  }

  private double weight(Prompt prompt) throws RewardException {
    String name = common.weightColumn();
    if (name.isEmpty()) {
      return common.weight();
    }
    String written = column("weight-column", name, prompt);
    try {
      double number = Double.parseDouble(written);
      if (Double.isFinite(number)) {
        return common.weight() * number;
      }
    } catch (NumberFormatException e) {
      // the same as a number that is none
    }
    throw new RewardException(
        "weight-column: column " + name + " holds " + written + " (expected: a finite number)");
  }

  private static String column(String key, String name, Prompt prompt) throws RewardException {
    String value = prompt.metadata().get(name);
    if (value == null) {
      throw new RewardException(
          key + ": " + name + " (expected: a column that every prompt has; this one has none)");
    }
    return value;
  }

  MetadataColumns columns() {
    MetadataColumns all = reward.columns();
    all =
        common.weightColumn().isEmpty() ? all : all.and(MetadataColumns.of(common.weightColumn()));
    String condition = common.when().column();
    return condition.isEmpty() ? all : all.and(MetadataColumns.of(condition));
  }

  /** Refuses a prompt that the reward, or its weight or condition, cannot be had for. */
  void check(Prompt prompt) throws RewardException {
    weight(prompt);
    if (appliesTo(prompt)) {
      reward.checkAnswer(prompt);
    }
  }

  Score score(Trajectory trajectory, SampleNumbers numbers) throws Exception {
    return common.timeout().isZero()
        ? reward.score(trajectory, numbers)
        : scoreWithin(common.timeout(), trajectory, numbers);
  }

  private Score scoreWithin(Duration timeout, Trajectory trajectory, SampleNumbers numbers)
      throws Exception {
    RewardOutcome outcome = Rewards.score(reward, trajectory, numbers, timeout);
    if (outcome instanceof RewardOutcome.Failed failed) {
      throw new RewardException(failed.reason());
    }
    return ((RewardOutcome.Scored) outcome).score();
  }

  /** Its part of the version of the whole: what its share depends on. */
  String version() {
    String version = common.weight() + "*" + reward.version();
    Common plain =
        new Common(
            common.weight(),
            "",
            Combine.ADD,
            OptionalDouble.empty(),
            1,
            1,
            When.ALWAYS,
            common.timeout());
    return name + "=" + version + (common.equals(plain) ? "" : " " + common);
  }
}
