package dev.kelpie.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.inspect.SideBySide;
import dev.kelpie.runs.Sizes;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Plain text in columns, tables and lines, and nothing in it that steers a terminal. */
class TextLayoutTest {
  @Test
  void escapesWhatSteersATerminalAndKeepsEverythingElse() {
    assertThat(SafeText.line("a\u001b[31mb\r\n\tc\u0000\u007f\u009b"))
        .isEqualTo("a\\u001b[31mb\\u000d\\n\\tc\\u0000\\u007f\\u009b");
    assertThat(SafeText.lines("x\n\ty")).isEqualTo("x\n    y");
    assertThat(SafeText.line("\u202egnihton\u2066\u2028\ufeff"))
        .isEqualTo("\\u202egnihton\\u2066\\u2028\\ufeff");
    assertThat(SafeText.line("\ud83d")).isEqualTo("\\ud83d");
    String harmless = "é 漢字 \ud83d\udc15 \ud83d\udc68\u200d\ud83d\udc69 \\u001b";
    assertThat(SafeText.line(harmless)).isEqualTo(harmless);
  }

  @Test
  void wrapsAtSpacesAndWithinWordsThatAreTooLong() {
    assertThat(Cells.wrapped("the quick brown\nfox", 9))
        .containsExactly("the quick", "brown", "fox");
    assertThat(Cells.wrapped("abcdefgh", 3)).containsExactly("abc", "def", "gh");
    assertThat(Cells.wrapped("", 9)).containsExactly("");
    // two columns each
    assertThat(Cells.wrapped("漢字漢字", 4)).containsExactly("漢字", "漢字");
    assertThat(Cells.width("e\u0301漢\ud83d\udc15")).isEqualTo(1 + 2 + 2);
    assertThat(Cells.cut("abcdef", 4)).isEqualTo("abc…");
  }

  @Test
  void putsAsManyColumnsBesideEachOtherAsThereIsRoomFor() {
    List<SideBySide.Block> blocks =
        List.of(
            new SideBySide.Block(List.of("#0", "long"), "one two"),
            new SideBySide.Block(List.of("#1"), "three"),
            new SideBySide.Block(List.of("#2"), "four"));
    // 26 + 3 + 26 = 55 columns hold two
    List<String> lines = SideBySide.lines(blocks, 55);
    assertThat(lines)
        .containsExactly(
            "#0" + " ".repeat(27) + "#1",
            "long",
            "-".repeat(26) + "   " + "-".repeat(26),
            "one two" + " ".repeat(22) + "three",
            "",
            "#2",
            "-".repeat(26),
            "four",
            "");
    assertThat(SideBySide.below(blocks)).contains("#0  long", "  one two", "#2", "  four");
  }

  @Test
  void tablesPutNumbersOnTheRight() {
    TextTable table =
        new TextTable(
            List.of("name", "steps"), List.of(List.of("a", "5/80"), List.of("longer", "80/80")));
    assertThat(table.lines()).containsExactly("name    steps", "a        5/80", "longer  80/80");
  }

  @Test
  void writesBytesInUnits() {
    assertThat(Sizes.words(1023)).isEqualTo("1023 B");
    assertThat(Sizes.words(12_345_678)).isEqualTo("11.8 MiB");
  }
}
