package dev.kelpie.experience;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The numbers of one step by their slash-scoped names ({@code reward/mean}, {@code policy/loss},
 * {@code timing_s/rollout}). Values may be NaN where a number does not exist.
 */
public record StepMetrics(long step, Map<String, Double> values) {
  public StepMetrics {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** The number called {@code name}, or NaN. */
  public double get(String name) {
    return values.getOrDefault(name, Double.NaN);
  }

  /** These numbers and {@code more}; a name in both takes the value of {@code more}. */
  public StepMetrics with(Map<String, Double> more) {
    Map<String, Double> all = new LinkedHashMap<>(values);
    all.putAll(more);
    return new StepMetrics(step, all);
  }
}
