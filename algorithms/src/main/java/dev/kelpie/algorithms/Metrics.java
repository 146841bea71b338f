package dev.kelpie.algorithms;

import ai.djl.ndarray.NDArray;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Numbers measured on a part of an optimiser step, kept as sums with weights so that the parts
 * (microbatches) merge into exactly the number of the whole. Plain numbers: no native memory.
 */
public final class Metrics {
  private enum Kind {
    MEAN,
    SUM,
    MAX
  }

  private record Entry(Kind kind, double sum, double weight) {
    Entry merge(Entry other) {
      return kind == Kind.MAX
          ? new Entry(kind, Math.max(sum, other.sum), 1)
          : new Entry(kind, sum + other.sum, weight + other.weight);
    }

    double value() {
      return kind == Kind.MEAN ? sum / weight : sum;
    }
  }

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** Adds the mean {@code sum / weight}. */
  public Metrics mean(String name, double sum, double weight) {
    return put(name, new Entry(Kind.MEAN, sum, weight));
  }

  /** Adds the mean of {@code x} [B, R] over the tokens whose {@code mask} [B, R] is 1. */
  public Metrics mean(String name, NDArray x, NDArray mask) {
    NDArray detached = x.stopGradient(); // [B, R]
    return mean(name, Masked.number(Masked.sum(detached, mask)), Masked.number(mask.sum()));
  }

  /** Adds the share of tokens for which the boolean {@code condition} [B, R] holds. */
  public Metrics share(String name, NDArray condition, NDArray mask) {
    return mean(name, Masked.indicator(condition, mask), mask);
  }

  /** Adds a number that adds up over parts, such as a loss with a global denominator. */
  public Metrics sum(String name, double value) {
    return put(name, new Entry(Kind.SUM, value, 1));
  }

  /** Adds a number of which the parts keep the largest. */
  public Metrics max(String name, double value) {
    return put(name, new Entry(Kind.MAX, value, 1));
  }

  /** Adds everything of {@code other}, another part of the same step. */
  public Metrics merge(Metrics other) {
    other.entries.forEach(this::put);
    return this;
  }

  private Metrics put(String name, Entry entry) {
    entries.merge(name, entry, Entry::merge);
    return this;
  }

  /** The numbers by name, in the order in which they were added; a mean over nothing is NaN. */
  public Map<String, Double> values() {
    Map<String, Double> values = new LinkedHashMap<>();
    entries.forEach((name, entry) -> values.put(name, entry.value()));
    return Collections.unmodifiableMap(values);
  }
}
