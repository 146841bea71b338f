package dev.kelpie.config;

import java.util.Collection;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/** Evaluation on held-out prompts and pairs. */
public record EvalOptions(
    @Doc("steps between two evaluations; 0: only before the first and after the last step")
        int every,
    @Doc("file of held-out prompts, columns as in data; empty: no evaluation") String path,
    @Doc("prompts taken from the file's start; 0: all") int samples,
    @Doc("sampling temperature") double temperature,
    @Doc("measure greedy decoding too") boolean greedy,
    @Doc(
            "file of held-out pairs, a row as data.form = pairs or turns says; the policy ranks"
                + " them, compared with the reference; empty: none")
        String pairsPath) {
  public static final EvalOptions DEFAULTS = new EvalOptions(0, "", 256, 1, true, "");

  public EvalOptions {
    Require.atLeast("every", every, 0);
    Require.atLeast("samples", samples, 0);
    Require.positive("temperature", temperature);
    Require.that(
        every == 0 || !path.isEmpty() || !pairsPath.isEmpty(),
        "every: %s (expected: 0, because path is empty)",
        every);
  }

  /**
   * What evaluations decide: the block {@code gate}.
   *
   * @param threshold empty: none
   */
  public record Gate(
      @Doc("metric of the evaluations that decides, such as eval/reward/mean; empty: no gate")
          String metric,
      @Doc("which value of that metric is better: max or min") Goal goal,
      @Doc(
              "what the gate does: stop ends the run; rollback returns to the best weights after a"
                  + " fall; promote keeps the checkpoints that reach the threshold")
          Action action,
      @Doc("evaluations in a row without an improvement at which it closes") int patience,
      @Doc("by how much an evaluation must be better than the best before to be an improvement")
          double minChange,
      @Doc("a value worse than it closes the gate at once, after the first step; none: no limit")
          OptionalDouble threshold,
      @Doc("when weights return to the best ones, for action = rollback") Rollback rollback) {
    public static final Gate DEFAULTS =
        new Gate("", Goal.MAX, Action.STOP, 3, 0, OptionalDouble.empty(), Rollback.DEFAULTS);

    /** What a gate does. */
    public enum Action {
      /** The run ends when evaluations do not improve. */
      STOP,
      /** The weights return to the best ones when an evaluation falls. */
      ROLLBACK,
      /** Checkpoints whose evaluation reaches the threshold are kept. */
      PROMOTE
    }

    /** When the weights return to the best ones. */
    public record Rollback(
        @Doc("an evaluation that is worse than the best by more than this rolls back") double fall,
        @Doc("most rollbacks; the fall after them ends the run") int most) {
      public static final Rollback DEFAULTS = new Rollback(0, 3);

      public Rollback {
        Require.atLeast("fall", fall, 0.0);
        Require.atLeast("most", most, 1);
      }
    }

    public Gate {
      Require.atLeast("patience", patience, 1);
      Require.atLeast("min-change", minChange, 0.0);
      Require.that(
          threshold.isEmpty() || Double.isFinite(threshold.getAsDouble()),
          "threshold: %s (expected: a finite number)",
          threshold.orElse(0));
      requireUnused("patience", patience, 3, action == Action.STOP, action);
      requireUnused("min-change", minChange, 0.0, action != Action.ROLLBACK, action);
      Require.that(
          threshold.isEmpty() || action != Action.ROLLBACK,
          "threshold: %s (expected: none, because action = rollback compares with the best"
              + " evaluation)",
          threshold.orElse(0));
      Require.that(
          threshold.isPresent() || action != Action.PROMOTE,
          "threshold: none (expected: what a checkpoint must reach, because action = promote)");
      Require.that(
          action == Action.ROLLBACK || rollback.equals(Rollback.DEFAULTS),
          "rollback: set (expected: nothing, because action = %s)",
          KebabCase.of(action));
    }

    private static void requireUnused(
        String key, Object value, Object unset, boolean used, Action action) {
      Require.that(
          used || value.equals(unset),
          "%s: %s (expected: no value, because action = %s)",
          key,
          value,
          KebabCase.of(action));
    }

    /** Whether the weights may return to earlier ones. */
    public boolean rollsBack() {
      return used() && action == Action.ROLLBACK;
    }

    /** Whether there is a gate. */
    public boolean used() {
      return !metric.isEmpty();
    }

    /**
     * Checks that evaluations during the run write its metric.
     *
     * @param rewards names of the rewards
     * @param scorers names of the scorers that are only evaluated
     */
    void requireMeasured(EvalOptions eval, Collection<String> rewards, Collection<String> scorers) {
      Require.that(
          used() || equals(DEFAULTS),
          "gate.metric: empty (expected: a metric of the evaluations, because gate has other"
              + " keys)");
      if (!used()) {
        return;
      }
      Require.that(
          eval.every() > 0,
          "gate.metric: %s (expected: empty, because eval.every = 0 evaluates only before the first"
              + " and after the last step)",
          metric);
      Set<String> names = eval.metricNames(rewards, scorers);
      names.removeIf(name -> name.startsWith("eval/pairs/"));
      Require.that(
          names.contains(metric),
          "gate.metric: %s (expected: %s)",
          metric,
          names.isEmpty()
              ? "empty, because eval.path is empty"
              : NearestName.expectation(metric, names));
    }
  }

  /** Whether the weights after {@code step} of a run of {@code steps} steps are evaluated. */
  public boolean isDueAfter(long step, long steps) {
    return step == steps || (every > 0 && step % every == 0);
  }

  /**
   * The names of the numbers of an evaluation, as they are in {@code metrics.jsonl}; none when
   * nothing is evaluated.
   *
   * @param rewards names of the rewards
   */
  public Set<String> metricNames(Collection<String> rewards) {
    Set<String> names = new TreeSet<>();
    if (!pairsPath.isEmpty()) {
      names.add("eval/pairs/accuracy");
      names.add("eval/pairs/margin");
    }
    if (!path.isEmpty()) {
      add("eval/", rewards, names);
      if (greedy) {
        add("eval/greedy/", rewards, names);
      }
    }
    return names;
  }

  /**
   * The same with those of scorers that are only evaluated.
   *
   * @param scorers their names
   */
  public Set<String> metricNames(Collection<String> rewards, Collection<String> scorers) {
    Set<String> names = metricNames(rewards);
    if (!path.isEmpty()) {
      for (String scorer : scorers) {
        names.add("eval/scorer/" + scorer + "/mean");
        if (greedy) {
          names.add("eval/greedy/scorer/" + scorer + "/mean");
        }
      }
    }
    return names;
  }

  private static void add(String prefix, Collection<String> rewards, Set<String> names) {
    names.add(prefix + "reward/mean");
    rewards.forEach(reward -> names.add(prefix + "reward/" + reward));
    names.add(prefix + "samples");
    names.add(prefix + "failed");
  }
}
