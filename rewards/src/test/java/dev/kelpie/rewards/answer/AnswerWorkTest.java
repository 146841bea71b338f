package dev.kelpie.rewards.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The work of reading an answer, by the count of its steps. */
@Timeout(120)
class AnswerWorkTest {
  private static final AnswerGrader NUMBERS = AnswerGrader.ofNumbers(Where.ANYWHERE, "####", 0);
  private static final AnswerGrader MATHEMATICS =
      AnswerGrader.ofMathematics(Where.ANYWHERE, "####", 0);

  private static final List<String> HOSTILE =
      List.of(
          "{",
          "}",
          "(",
          ")",
          "[",
          "\\{",
          "|",
          "\\boxed{",
          "\\boxed",
          "\\fbox",
          "####",
          "$",
          "$$ ",
          "\\(",
          "\\[",
          "$x",
          "\\(1",
          "$1$,",
          "$1$ and ",
          "$5 is ",
          "1",
          "1,",
          "1,2",
          "1 ",
          "12 345 ",
          "1{,}",
          "1\\,",
          "1.",
          "1.2",
          "1_",
          "1'",
          "0.\\overline{1",
          "1e",
          "1e5",
          "-",
          "+-",
          "^",
          "x^",
          "!",
          "\\frac",
          "\\frac{1}{",
          "\\sqrt[",
          "\\text{",
          "\\begin{",
          "\\begin{pmatrix}",
          "\\begin{array}{",
          "\\color{",
          "&",
          "\\\\",
          "answer is ",
          "answer: 1 ",
          "word ",
          "minus ",
          "x",
          "x = ",
          "and ",
          "5 km ",
          "\u00b2",
          "\u00bd",
          "\uff11",
          "\u221a",
          "\n",
          " ",
          "**",
          "5 feet 6 ",
          "2 and 1/2 ",
          "...",
          "\\left(",
          "1:");

  static Stream<String> hostile() {
    return HOSTILE.stream();
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void isLinearInTheLength(String piece) throws Exception {
    for (AnswerGrader grader : List.of(NUMBERS, MATHEMATICS)) {
      isLinear(grader, n -> piece.repeat(n / piece.length()));
      isLinear(grader, n -> "\\boxed{" + piece.repeat(n / piece.length()) + "}");
      isLinear(grader, n -> "#### " + piece.repeat(n / piece.length()) + "1");
    }
  }

  /** Twice the length takes at most 2.2 times the steps, and there are some for each character. */
  private static void isLinear(AnswerGrader grader, IntFunction<String> text) throws Exception {
    long steps = steps(grader, text.apply(6_000));
    assertThat(steps(grader, text.apply(12_000))).isLessThanOrEqualTo(22 * steps / 10 + 1_000);
    assertThat(steps).isBetween(6_000L / 2, 6_000L * 60);
  }

  private static long steps(AnswerGrader grader, String response) throws Exception {
    Steps steps = new Steps();
    try {
      grader.isRight("7", response, steps);
    } catch (UnsupportedAnswer e) {
      assertThat(e.getMessage()).startsWith("unsupported: ");
    }
    return steps.count();
  }

  @Test
  void survivesNestingOfAnyDepth() throws Exception {
    for (String open :
        List.of("{", "(", "[", "\\{", "\\sqrt{", "\\frac{1}{", "|", "-", "2^", "\\text{")) {
      String nested = open.repeat(65_000 / open.length());
      assertThat(MATHEMATICS.isRight("7", "\\boxed{" + nested + "7}")).isFalse();
      // Brackets that are never closed are left out before a number, and minus signs cancel.
      NUMBERS.isRight("7", "#### " + nested + "7");
    }
  }

  @Test
  void survivesChainsOfAnyLength() throws Exception {
    for (String link :
        List.of("%", "^\\circ", "/2", "*2", "+2", "^2", "!", "=7", ",7", "\\pm 2", "'", "_2")) {
      String chain = "7" + link.repeat(60_000 / link.length());
      assertThat(MATHEMATICS.isRight("8", "\\boxed{" + chain + "}")).isFalse();
      assertThat(MATHEMATICS.isRight("8", "\\boxed{7" + link.repeat(1_300) + "}")).isFalse();
      assertThat(NUMBERS.isRight("8", "#### 7" + link.repeat(1_300))).isFalse();
    }
  }

  @Test
  void calculatesNoNumberThatIsTooLarge() throws Exception {
    for (String large :
        List.of(
            "9^9^9^9",
            "9^{9^{9^{9}}}",
            "1e999999999",
            "1e99999999999",
            "10^{100000}",
            "2^{-100000}",
            "99999!",
            "\\binom{99999}{5000}",
            "9".repeat(60_000),
            "2^{1000}".repeat(500))) {
      assertThat(NUMBERS.isRight("9", "\\boxed{" + large + "}")).isFalse();
      assertThatThrownBy(() -> MATHEMATICS.check(large)).isInstanceOf(UnreadableAnswer.class);
    }
  }

  @Test
  void failsAnAnswerOfMoreThan65536Characters() throws Exception {
    // 65,535 spaces and a digit can still be read, one space more cannot.
    String longest = " ".repeat(65_535) + "7";
    assertThat(NUMBERS.isRight("7", "\\boxed{" + longest + "}")).isTrue();
    assertThat(NUMBERS.isRight("7", "####" + longest)).isTrue();
    for (String response : List.of("\\boxed{ " + longest + "}", "#### " + longest)) {
      assertThatThrownBy(() -> NUMBERS.isRight("7", response))
          .isInstanceOf(UnsupportedAnswer.class)
          .hasMessage("unsupported: an answer of 65537 characters, of which 65536 can be read");
    }
    // A long response with a short answer is read.
    assertThat(NUMBERS.isRight("7", "word ".repeat(100_000) + "#### 7")).isTrue();
    assertThat(MATHEMATICS.isRight("7", "word ".repeat(100_000) + "\\boxed{7}")).isTrue();
    assertThat(NUMBERS.isRight("7", "word ".repeat(100_000) + "7")).isTrue();
  }
}
