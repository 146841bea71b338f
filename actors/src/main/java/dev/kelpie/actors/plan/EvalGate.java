package dev.kelpie.actors.plan;

import dev.kelpie.config.EvalOptions;
import dev.kelpie.config.Goal;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The gate of a run: it closes when evaluations have not improved for a while, or are worse than a
 * limit. It is a function of the evaluations in the journal, so a resumed run closes it after the
 * same step.
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
    return decide(options, all);
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
