package dev.kelpie.actors.plan;

import dev.kelpie.config.EvalOptions;
import dev.kelpie.config.Goal;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * The gate of a run: it closes when evaluations have not improved for a while, or are worse than a
 * limit; or it says when the weights return to the best ones, or which checkpoints pass. It is a
 * function of the evaluations in the journal, so a resumed run decides the same.
 */
public final class EvalGate {
  private final EvalOptions.Gate options;
  private final Supplier<NavigableMap<Long, Map<String, Double>>> evaluations;
  private int judged;

  /**
   * @param evaluations all so far, by step
   */
  public EvalGate(
      EvalOptions.Gate options, Supplier<NavigableMap<Long, Map<String, Double>>> evaluations) {
    this.options = options;
    this.evaluations = evaluations;
  }

  /** Why the gate closes, if it does; asked again only when there is a further evaluation. */
  public Optional<String> closes() {
    NavigableMap<Long, Map<String, Double>> all = evaluations.get();
    if (!options.used() || all.size() == judged) {
      return Optional.empty();
    }
    judged = all.size();
    return switch (options.action()) {
      case STOP -> decide(options, all);
      case ROLLBACK -> rollbacks(options, all).ends();
      case PROMOTE -> Optional.empty();
    };
  }

  /** The step whose weights the step after {@code step} is trained from, if it rolls back. */
  public OptionalLong rollsBackTo(long step) {
    Long to = options.rollsBack() ? rollbacks(options, evaluations.get()).to().get(step) : null;
    return to == null ? OptionalLong.empty() : OptionalLong.of(to);
  }

  /** Whether the checkpoint of {@code step} is one to promote. */
  public boolean promotes(long step) {
    return options.used()
        && options.action() == EvalOptions.Gate.Action.PROMOTE
        && promotions(options, evaluations.get()).contains(step);
  }

  /**
   * What evaluations roll back.
   *
   * @param to the step of the best evaluation, by that of the evaluation which is too far below it
   * @param ends why the run ends, after as many rollbacks as are allowed
   */
  record Rollbacks(NavigableMap<Long, Long> to, Optional<String> ends) {}

  /** The rollbacks after {@code evaluations}. */
  static Rollbacks rollbacks(
      EvalOptions.Gate options, NavigableMap<Long, Map<String, Double>> evaluations) {
    NavigableMap<Long, Long> to = new TreeMap<>();
    double best = Double.NaN;
    long bestStep = 0;
    for (Map.Entry<Long, Map<String, Double>> one : evaluations.entrySet()) {
      double value = one.getValue().getOrDefault(options.metric(), Double.NaN);
      if (Double.isNaN(value)) {
        continue;
      }
      if (Double.isNaN(best) || gain(options, best, value) > 0) {
        best = value;
        bestStep = one.getKey();
      } else if (gain(options, best, value) < -options.rollback().fall()) {
        if (to.size() == options.rollback().most()) {
          return new Rollbacks(
              to,
              Optional.of(
                  String.format(
                      Locale.ROOT,
                      "%s %.4f after step %s is worse than %.4f after step %s, and the weights have"
                          + " been rolled back %s times",
                      options.metric(),
                      value,
                      one.getKey(),
                      best,
                      bestStep,
                      to.size())));
        }
        to.put(one.getKey(), bestStep);
      }
    }
    return new Rollbacks(to, Optional.empty());
  }

  /** The steps after the first one whose evaluation passes: each better than those before it. */
  static NavigableSet<Long> promotions(
      EvalOptions.Gate options, NavigableMap<Long, Map<String, Double>> evaluations) {
    NavigableSet<Long> steps = new TreeSet<>();
    double best = Double.NaN;
    for (Map.Entry<Long, Map<String, Double>> one : evaluations.tailMap(1L).entrySet()) {
      double value = one.getValue().getOrDefault(options.metric(), Double.NaN);
      boolean passes = !Double.isNaN(value) && !isBeyond(options, value);
      if (passes && (Double.isNaN(best) || gain(options, best, value) > options.minChange())) {
        best = value;
        steps.add(one.getKey());
      }
    }
    return steps;
  }

  /** Why a gate closes after {@code evaluations}, if it does. */
  static Optional<String> decide(
      EvalOptions.Gate options, NavigableMap<Long, Map<String, Double>> evaluations) {
    double best = Double.NaN;
    long bestStep = 0;
    int misses = 0;
    for (Map.Entry<Long, Map<String, Double>> one : evaluations.entrySet()) {
      double value = one.getValue().getOrDefault(options.metric(), Double.NaN);
      if (one.getKey() > 0 && isBeyond(options, value)) {
        return Optional.of(
            String.format(
                Locale.ROOT,
                "%s %.4f after step %s is %s gate.threshold = %s",
                options.metric(),
                value,
                one.getKey(),
                options.goal() == Goal.MAX ? "below" : "above",
                options.threshold().getAsDouble()));
      }
      if (Double.isNaN(best) || gain(options, best, value) > options.minChange()) {
        best = value;
        bestStep = one.getKey();
        misses = 0;
      } else if (++misses >= options.patience()) {
        return Optional.of(
            String.format(
                Locale.ROOT,
                "%s has not improved in %s evaluations: %.4f after step %s, best %.4f after step"
                    + " %s",
                options.metric(),
                misses,
                value,
                one.getKey(),
                best,
                bestStep));
      }
    }
    return Optional.empty();
  }

  private static boolean isBeyond(EvalOptions.Gate options, double value) {
    return options.threshold().isPresent()
        && gain(options, options.threshold().getAsDouble(), value) < 0;
  }

  /** How much better {@code value} is than {@code other}; NaN compares as neither. */
  private static double gain(EvalOptions.Gate options, double other, double value) {
    return options.goal() == Goal.MAX ? value - other : other - value;
  }
}
