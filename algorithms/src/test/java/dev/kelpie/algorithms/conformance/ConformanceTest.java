package dev.kelpie.algorithms.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ConformanceTest {
  private static final Set<String> OF_OTHER_MODULES =
      Set.of("gradient-step", "schedule", "sampling", "logprobs");

  private final ConformanceSuite suite = ConformanceSuite.ofAlgorithms();

  @Test
  void everyCaseOfTheseKindsPasses() {
    Path folder =
        Path.of(System.getProperty("kelpie.shared", "../../shared"), "fixtures", "conformance");
    assumeTrue(Files.isDirectory(folder), folder + " is not there: no conformance cases to run");
    List<ConformanceCase> cases =
        ConformanceSuite.read(folder).stream()
            .filter(conformanceCase -> !OF_OTHER_MODULES.contains(conformanceCase.kind()))
            .toList();
    List<ConformanceCase> unsupported =
        cases.stream().filter(conformanceCase -> !suite.supports(conformanceCase)).toList();
    List<ConformanceResult> results =
        cases.stream().filter(suite::supports).map(suite::run).toList();

    System.out.println("passed by type: " + count(passed(results)));
    System.out.println("unsupported types: " + count(unsupported));
    assertThat(results).isNotEmpty();
    assertThat(results.stream().filter(result -> !result.passed()).map(ConformanceResult::line))
        .isEmpty();
  }

  private static List<ConformanceCase> passed(List<ConformanceResult> results) {
    return results.stream()
        .filter(ConformanceResult::passed)
        .map(ConformanceResult::conformanceCase)
        .toList();
  }

  private static Map<String, Integer> count(List<ConformanceCase> cases) {
    Map<String, Integer> counts = new TreeMap<>();
    cases.forEach(
        conformanceCase ->
            counts.merge(conformanceCase.kind() + "/" + conformanceCase.type(), 1, Integer::sum));
    return counts;
  }
}
