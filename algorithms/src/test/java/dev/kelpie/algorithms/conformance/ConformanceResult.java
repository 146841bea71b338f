package dev.kelpie.algorithms.conformance;

import java.util.Locale;

/**
 * What became of one case.
 *
 * @param error the largest error over all expected numbers; infinite if one is missing
 * @param remark the names that are wrong, or why nothing was computed; empty if the case passes
 */
public record ConformanceResult(ConformanceCase conformanceCase, double error, String remark) {
  /** Whether all names are within their tolerance. */
  public boolean passed() {
    return remark.isEmpty();
  }

  /** One line: id, kind, type, error, tolerance, verdict. */
  public String line() {
    return String.format(
        Locale.ROOT,
        "%-36s %-18s %-28s %9.2e %9.2e %s%s",
        conformanceCase.id(),
        conformanceCase.kind(),
        conformanceCase.type(),
        error,
        conformanceCase.tolerance(),
        passed() ? "pass" : "FAIL",
        remark.isEmpty() ? "" : "  " + remark);
  }
}
