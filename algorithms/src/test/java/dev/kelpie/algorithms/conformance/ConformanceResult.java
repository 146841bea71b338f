package dev.kelpie.algorithms.conformance;

/**
 * What became of one case.
 *
 * @param error the largest error over all expected numbers; infinite if one is missing
 * @param remark why the error is infinite, else empty
 */
public record ConformanceResult(ConformanceCase conformanceCase, double error, String remark) {
  /** Whether the error is within the case's tolerance. */
  public boolean passed() {
    return error <= conformanceCase.tolerance();
  }

  /** One line: id, kind, type, error, tolerance, verdict. */
  public String line() {
    return String.format(
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
