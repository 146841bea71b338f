package dev.kelpie.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HashedLinesTest {
  @Test
  void keepsTheFirstLineOfEachHash() {
    HashedLines lines = new HashedLines();
    Map<Long, Integer> expected = new HashMap<>();
    Random draw = new Random(3);
    for (int line = 1; line <= 50_000; line++) {
      long hash = line % 3 == 0 ? draw.nextInt(5_000) : draw.nextLong();
      Integer first = expected.putIfAbsent(hash, line);
      assertThat(lines.putIfAbsent(hash, line)).isEqualTo(first == null ? 0 : first);
    }
    assertThat(lines.size()).isEqualTo(expected.size());
    expected.forEach((hash, line) -> assertThat(lines.line(hash)).isEqualTo(line));
    assertThat(lines.line(-123456789L)).isZero();
  }

  @Test
  void foldsCaseAndWhiteSpaceAndNothingElse() {
    assertThat(TextHash.folded(" What\tis\n1+1? "))
        .isEqualTo(TextHash.folded("what is 1+1?"))
        .isNotEqualTo(TextHash.folded("what is 1-1?"));
    assertThat(TextHash.of("a")).isNotEqualTo(TextHash.of("A"));
  }
}
