package dev.kelpie.config;

import java.util.List;

/**
 * Iterations of a run. An iteration samples {@code steps} steps with the version that it begins
 * with and trains on their samples {@code epochs} times. By default each step is an iteration.
 */
public record IterationOptions(
    @Doc("steps that are sampled with the version that their iteration begins with") int steps,
    @Doc("passes over an iteration's samples, each of as many steps; the later ones sample nothing")
        int epochs,
    @Doc("share of the groups of the last iterations that is trained on again, the last one first")
        List<Double> replay,
    AdvanceOptions advance,
    @Doc("keys that change between iterations: blocks { until = ITERATION, set { ... } }")
        List<ConfigBlock> stages,
    BranchOptions branch) {
  public static final IterationOptions DEFAULTS =
      new IterationOptions(
          1, 1, List.of(), AdvanceOptions.DEFAULTS, List.of(), BranchOptions.DEFAULTS);

  public IterationOptions {
    replay = List.copyOf(replay);
    stages = List.copyOf(stages);
    Require.atLeast("steps", steps, 1);
    Require.atLeast("epochs", epochs, 1);
    for (double share : replay) {
      Require.that(
          share >= 0 && share <= 1,
          "replay: %s (expected: shares in [0, 1] of the last iterations' groups)",
          share);
    }
    Require.that(
        !branch.discard() || advance.type() == AdvanceOptions.Type.COPY,
        "branch.discard: true (expected: false, because advance.type = %s)",
        KebabCase.of(advance.type()));
  }

  /** Whether the experiment has iterations of more than a step, or something that needs them. */
  public boolean used() {
    return !equals(DEFAULTS);
  }

  /** Updates of an iteration. */
  public long length() {
    return (long) steps * epochs;
  }

  /** The iteration of a step, both counted from 1. */
  public long iteration(long step) {
    return (step - 1) / length() + 1;
  }

  /** The pass of a step over the samples of its iteration, from 1. */
  public int epoch(long step) {
    return (int) ((step - 1) % length() / steps) + 1;
  }

  /** The version that the iteration of {@code step} begins with, which samples all its steps. */
  public long start(long step) {
    return (iteration(step) - 1) * length();
  }

  /** Whether a step is trained on samples of its own; else on those of {@link #source}. */
  public boolean samples(long step) {
    return epoch(step) == 1;
  }

  /** The step of the same iteration whose samples {@code step} is trained on. */
  public long source(long step) {
    return start(step) + (step - 1) % steps + 1;
  }

  /** The number of steps with samples of their own up to {@code step}, which is one of them. */
  public long ordinal(long step) {
    return (iteration(step) - 1) * steps + (step - 1) % length() + 1;
  }

  /**
   * The version whose weights the iteration of {@code step} is trained from: the one it begins
   * with, but after a branch that is discarded the one that the branch began with.
   */
  public long continuesFrom(long step) {
    boolean afterBranch = branch.discard() && iteration(step) % 2 == 0;
    return afterBranch ? start(step) - length() : start(step);
  }

  /**
   * Copies of the model that the learner keeps beside the current one: what an iteration began
   * with, or what the one before was trained to; of a branch that is discarded the optimiser, too.
   *
   * @param critic whether there is a separate critic
   */
  public int copies(boolean critic) {
    if (branch.discard()) {
      return critic ? 6 : 3;
    }
    boolean start = steps > 1 || advance.type() == AdvanceOptions.Type.AVERAGE;
    return (start ? 1 : 0) + (advance.type() == AdvanceOptions.Type.EXTRAPOLATE ? 1 : 0);
  }

  /** Whether {@code version} is that of an iteration's end, or the run's start. */
  public boolean boundary(long version) {
    return version % length() == 0;
  }

  /** Checks that a run can have these iterations; messages start with the key's path. */
  void requireFits(RunOptions run, AsyncOptions async, ReferenceOptions reference) {
    if (!used()) {
      return;
    }
    Require.that(
        async.maxStaleness() == 0,
        "async.max-staleness: %s (expected: 0, because the block iterations decides which version"
            + " samples a step)",
        async.maxStaleness());
    Require.that(
        run.steps() % length() == 0,
        "run.steps: %s (expected: a multiple of iterations.steps %s x iterations.epochs %s = %s"
            + " updates)",
        run.steps(),
        steps,
        epochs,
        length());
    Require.that(
        !branch.discard() || run.steps() % (2 * length()) == 0,
        "run.steps: %s (expected: a multiple of %s, because iterations.branch.discard takes two"
            + " iterations at a time)",
        run.steps(),
        2 * length());
    Require.that(
        !branch.discard()
            || reference.schedule() == ReferenceOptions.Schedule.FROZEN
            || reference.schedule() == ReferenceOptions.Schedule.PREVIOUS
            || reference.schedule() == ReferenceOptions.Schedule.NONE,
        "reference.schedule: %s (expected: frozen or previous, because"
            + " iterations.branch.discard = true)",
        KebabCase.of(reference.schedule()));
    Require.that(
        steps == 1 || reference.schedule() != ReferenceOptions.Schedule.EMA,
        "reference.schedule: ema (expected: frozen, refresh or previous, because"
            + " iterations.steps = %s are sampled together, while ema moves at every step)",
        steps);
    Require.that(
        steps == 1
            || reference.schedule() != ReferenceOptions.Schedule.REFRESH
            || reference.every() % length() == 0,
        "reference.every: %s (expected: a multiple of iterations.steps %s x iterations.epochs %s ="
            + " %s updates, so that the reference moves between iterations)",
        reference.every(),
        steps,
        epochs,
        length());
  }

  /** A step in words: {@code step 7}, {@code step 7 (iteration 2, epoch 1)}. */
  public String name(long step) {
    return used()
        ? "step " + step + " (iteration " + iteration(step) + ", epoch " + epoch(step) + ")"
        : "step " + step;
  }

  /** The iterations in words: {@code 3 iterations of 8 steps, 2 epochs: 48 updates}. */
  public String plan(long updates) {
    long iterations = updates / length();
    return iterations
        + (iterations == 1 ? " iteration of " : " iterations of ")
        + steps
        + (steps == 1 ? " step, " : " steps, ")
        + epochs
        + (epochs == 1 ? " epoch: " : " epochs: ")
        + updates
        + (updates == 1 ? " update" : " updates");
  }
}
