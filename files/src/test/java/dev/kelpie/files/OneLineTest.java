package dev.kelpie.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class OneLineTest {
  @Test
  void joinsLinesWithOneBlankAndKeepsOtherBlanks() {
    assertThat(OneLine.of("a  b \r\n\t c\u2028d\n\ne\n")).isEqualTo("a  b c d e ");
    assertThat(OneLine.of("")).isEmpty();
    assertThat(OneLine.of("\n")).isEqualTo(" ");
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.SECONDS)
  void takesMillionsOfBlanks() {
    String blanks = " ".repeat(2_000_000);
    assertThat(OneLine.of("a" + blanks + "b")).hasSize(2_000_002);
    assertThat(OneLine.of("a" + blanks + "\n" + blanks + "b")).isEqualTo("a b");
  }
}
