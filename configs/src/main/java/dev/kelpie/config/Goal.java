package dev.kelpie.config;

import java.util.Comparator;

/** Which value of a metric is better. */
public enum Goal {
  MAX,
  MIN;

  /** The best number first, numbers that do not exist last. */
  public Comparator<Double> bestFirst() {
    return Comparator.comparingDouble(
        value -> value.isNaN() ? Double.POSITIVE_INFINITY : this == MAX ? -value : value);
  }
}
