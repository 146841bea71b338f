package dev.kelpie.runs.doctor;

import dev.kelpie.experience.StepMetrics;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The metrics of a run so far, as far as rules look at them. */
final class History {
  /** A file of a stranger may have any number of names. */
  private static final int MOST_NAMES = 2000;

  private static final List<String> LOOKED_AT =
      List.of(
          "reward/",
          "response_",
          "policy/",
          "value/",
          "kl/",
          "mismatch/",
          "preference/",
          "eval/",
          "data/",
          "advantages/",
          "staleness/");

  private final Map<String, Series> series = new TreeMap<>();
  private long step = -1;

  /** Adds the numbers of a step, or further numbers of one that is known. */
  void add(StepMetrics metrics) {
    step = Math.max(step, metrics.step());
    metrics
        .values()
        .forEach(
            (name, value) -> {
              if (series.size() < MOST_NAMES || series.containsKey(name)) {
                add(name, metrics.step(), value);
              }
            });
  }

  private void add(String name, long at, double value) {
    if (LOOKED_AT.stream().anyMatch(name::startsWith)) {
      series.computeIfAbsent(name, n -> new Series()).add(at, value);
    }
  }

  /** The newest step. */
  long step() {
    return step;
  }

  /** The numbers of a metric; none when the run has no such metric. */
  Series of(String metric) {
    return series.getOrDefault(metric, Series.NONE);
  }

  /** The names of all metrics, in order. */
  Collection<String> names() {
    return series.keySet();
  }
}
