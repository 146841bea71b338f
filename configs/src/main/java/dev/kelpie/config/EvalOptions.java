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
      @Doc("what happens when the gate closes: stop, with a checkpoint") Action action,
      @Doc("evaluations in a row without an improvement at which it closes") int patience,
      @Doc("by how much an evaluation must be better than the best before to be an improvement")
          double minChange,
      @Doc("a value worse than it closes the gate at once, after the first step; none: no limit")
          OptionalDouble threshold) {
    public static final Gate DEFAULTS =
        new Gate("", Goal.MAX, Action.STOP, 3, 0, OptionalDouble.empty());

    /** What happens when the gate closes. */
    public enum Action {
      STOP,
      ROLLBACK,
      PROMOTE
    }

    public Gate {
      Require.atLeast("patience", patience, 1);
      Require.atLeast("min-change", minChange, 0.0);
      Require.that(
          threshold.isEmpty() || Double.isFinite(threshold.getAsDouble()),
          "threshold: %s (expected: a finite number)",
          threshold.orElse(0));
      Require.that(
          action == Action.STOP,
          "action: %s (expected: stop; checkpoint.best keeps the best weights, and nothing else is"
              + " built)",
          KebabCase.of(action));
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
    void requireMeasured(
        EvalOptions eval, Collection<String> rewards, Collection<String> scorers) {
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
