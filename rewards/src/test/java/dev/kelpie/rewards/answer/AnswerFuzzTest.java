package dev.kelpie.rewards.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Reads random and hostile answers; {@code -Dkelpie.fuzz.inputs=1000000} makes them so many, {@code
 * -Dkelpie.fuzz.seed} others.
 */
class AnswerFuzzTest {
  private static final int INPUTS = Integer.getInteger("kelpie.fuzz.inputs", 20_000);
  private static final long SEED = Long.getLong("kelpie.fuzz.seed", 1);
  private static final long MOST_NANOS = 10_000_000_000L;

  private static final List<String> PIECES =
      List.of(
          "0",
          "1",
          "2",
          "7",
          "12",
          "007",
          "9,500",
          "9{,}500",
          "10\\,000",
          "1.5",
          ".5",
          "3e5",
          "1E-7",
          "\u0661",
          "\uff11",
          "\u00bd",
          "\u00b2",
          "\u221a",
          "\u2212",
          "\u2013",
          "\u200b",
          "\ud800",
          "+",
          "-",
          "*",
          "/",
          "^",
          "_",
          "!",
          "%",
          "=",
          "<",
          ">",
          "\\le ",
          "\\ge ",
          "\\neq ",
          "\\approx ",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          "\\{",
          "\\}",
          "|",
          ",",
          ";",
          ":",
          ".",
          "$",
          "$$",
          "&",
          "\\\\",
          "\\frac",
          "\\frac{1}{2}",
          "\\dfrac12",
          "\\sqrt",
          "\\sqrt[3]{8}",
          "\\binom",
          "\\pm",
          "\\mp",
          "\\boxed{",
          "\\boxed",
          "\\fbox{",
          "\\text{",
          "\\text{ cm}",
          "\\mathrm{",
          "\\left(",
          "\\right)",
          "\\begin{pmatrix}",
          "\\end{pmatrix}",
          "\\begin{cases}",
          "\\cup ",
          "\\setminus ",
          "\\in ",
          "\\infty",
          "\\emptyset",
          "\\mathbb{R}",
          "^\\circ",
          "\\pi",
          "\\sin ",
          "\\log_",
          "\\ln ",
          "\\int ",
          "\\sum",
          "\\ldots",
          "\\overline{3}",
          "\\lfloor ",
          "\\rfloor",
          "\\gcd(",
          "\\cdot ",
          "\\times ",
          "x",
          "y",
          "e",
          "i",
          "a",
          "I",
          "n_1",
          "xy",
          "sin",
          "million",
          "k",
          "km",
          "m",
          "apples",
          "and",
          "or",
          "The answer is ",
          "answer: ",
          "####",
          "#### ",
          "minus ",
          "\n",
          "\n\n",
          " ",
          "  ",
          "**",
          "'",
          "\"");

  private static final List<AnswerGrader> GRADERS =
      List.of(
          AnswerGrader.ofNumbers(Where.ANYWHERE, "####", 0),
          AnswerGrader.ofMathematics(Where.ANYWHERE, "####", 0),
          AnswerGrader.ofNumbers(Where.LAST, "####", 0.5),
          AnswerGrader.ofMathematics(Where.LAST, "####", 0));

  @Test
  void readsOrRefusesWhateverIsWritten() {
    SplittableRandom random = new SplittableRandom(SEED);
    long readable = 0;
    long slowest = 0;
    for (int i = 0; i < INPUTS; i++) {
      String reference = text(random.split());
      String response = random.nextInt(4) == 0 ? reference : text(random.split());
      AnswerGrader grader = GRADERS.get(i % GRADERS.size());
      long start = System.nanoTime();
      try {
        readable += read(grader, reference, response) ? 1 : 0;
      } catch (RuntimeException | Error e) {
        fail("reference " + reference + " response " + response, e);
      }
      slowest = Math.max(slowest, System.nanoTime() - start);
      assertThat(slowest).as("%s for %s", response, reference).isLessThan(MOST_NANOS);
    }
    System.out.printf(
        java.util.Locale.ROOT,
        "%d pairs of random answers, seed %d: %d references readable, slowest %.1f ms%n",
        INPUTS,
        SEED,
        readable,
        slowest / 1e6);
    assertThat(readable).isGreaterThan(INPUTS / 50);
  }

  /** Whether the reference can be read; it is then right as a response, in a box. */
  private static boolean read(AnswerGrader grader, String reference, String response) {
    try {
      grader.check(reference);
    } catch (UnreadableAnswer e) {
      return false;
    }
    try {
      grader.isRight(reference, response);
      if (!reference.contains("box")
          && reference.chars().noneMatch(c -> "{}$#".indexOf(c) >= 0)
          && !reference.endsWith("\\")) {
        AnswerGrader mathematics = GRADERS.get(1);
        mathematics.check(reference);
        assertThat(mathematics.isRight(reference, "\\boxed{" + reference + "}"))
            .as("%s is itself", reference)
            .isTrue();
      }
    } catch (UnsupportedAnswer e) {
      assertThat(e.getMessage()).startsWith("unsupported: ");
    } catch (UnreadableAnswer e) {
      // Numbers are read from prose that is no mathematics as a whole.
      assertThat(grader).isNotEqualTo(GRADERS.get(1));
    }
    return true;
  }

  /** Random pieces, often in a box or behind a marker; now and then one piece many times. */
  private static String text(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    int start = random.nextInt(6);
    text.append(start == 0 ? "\\boxed{" : start == 1 ? "#### " : start == 2 ? "$" : "");
    int pieces = 1 + random.nextInt(random.nextInt(10) == 0 ? 200 : 12);
    for (int i = 0; i < pieces; i++) {
      boolean any = random.nextInt(20) == 0;
      text.append(
          any
              ? Character.toString(random.nextInt(0x3000))
              : PIECES.get(random.nextInt(PIECES.size())));
    }
    if (random.nextInt(500) == 0) {
      text.append(PIECES.get(random.nextInt(PIECES.size())).repeat(random.nextInt(4_000)));
    }
    return text.append(start == 0 ? "}" : start == 2 ? "$" : "").toString();
  }
}
