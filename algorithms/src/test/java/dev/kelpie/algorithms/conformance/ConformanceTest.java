package dev.kelpie.algorithms.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Compares the algorithms with numbers that other frameworks computed. The cases are packed in the
 * test resources; {@code -Dkelpie.conformance=DIR} takes those of another folder instead.
 */
class ConformanceTest {
  private static final Path PACKED =
      Path.of("src/test/resources/dev/kelpie/algorithms/conformance.zip");

  /** How many packed cases there are of the kinds of this module. */
  private static final int PACKED_PASSES = 972;

  /** The kinds that the tests of the learner and of the model run. */
  private static final Set<String> ELSEWHERE =
      Set.of("gradient-step", "schedule", "logprobs", "sampling");

  @Test
  void everyCaseIsMet() throws IOException {
    String other = System.getProperty("kelpie.conformance", "");
    if (!other.isEmpty()) {
      Path started = Path.of(System.getProperty("kelpie.started.in", ""));
      run(ConformanceSuite.read(started.resolve(other)));
      return;
    }
    try (FileSystem packed = FileSystems.newFileSystem(PACKED)) {
      List<ConformanceCase> cases = ConformanceSuite.read(packed.getPath("/"));
      assertThat(run(cases)).isEqualTo(PACKED_PASSES);
    }
  }

  /** Returns how many cases pass. */
  private static int run(List<ConformanceCase> cases) {
    int passed = 0;
    List<String> failures = new ArrayList<>();
    for (ConformanceCase given : cases) {
      if (ELSEWHERE.contains(given.kind())) {
        continue;
      }
      ConformanceResult result = ConformanceSuite.run(given);
      if (result.passed()) {
        passed++;
      } else {
        failures.add(result.line());
      }
    }
    failures.forEach(System.out::println);
    System.out.println(passed + " passed, " + failures.size() + " failed");
    assertThat(passed).as("cases that pass").isPositive();
    assertThat(failures).isEmpty();
    return passed;
  }
}
