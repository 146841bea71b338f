package dev.kelpie.algorithms.conformance;

import java.util.Map;
import java.util.Set;

/** Computes the numbers of the cases of one kind. */
public interface ConformanceKind {
  /** The types it knows. */
  Set<String> types();

  /**
   * Everything that cases of this kind may expect, by name: {@code Double}, {@code double[]} or
   * {@code double[][]}, in double.
   *
   * @throws RuntimeException if an option or an input is not understood
   */
  Map<String, Object> compute(ConformanceCase conformanceCase);
}
