package dev.kelpie.config.hocon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HoconScanTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a = 1\na = 2",
        "a { b = 1, b = 2 }",
        "a.b = 1\na { b = 2 }",
        "{ a = 1\n \"a\" = 2 }",
        "a = 1\na { b = 2 }",
        "a { b = 1 }\na = 2",
        "l = [{ a = 1, a = 2 }]",
        "a = 1 # a = 3\n// a = 4\na = 2",
        "a = \"}\"\na = \"\"\"x\"}\"\"\"",
        "a : 1\r\n\ta : 2",
        "a = ${b} { c = 1 }\na.c = 2",
        "a = ${b}\na = ${c}",
      })
  void findsKeysGivenTwice(String text) {
    assertThat(HoconScan.of(text).duplicates()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a { b = 1 }\na { c = 2 }",
        "a.b = 1\na.c = 2",
        "a = [1]\na += 2",
        "a = 1\na = ${?b}",
        "a = x\na = ${a}y",
        "l = [{ a = 1 }, { a = 2 }]",
        "a = \"b = 1\"\nb = 2",
        "a = 1 # a = 2",
        "a { x = 1 }, b { x = 1 }",
        "include \"x.conf\"\na = 1",
      })
  void leavesAloneWhatIsMeant(String text) {
    assertThat(HoconScan.of(text).duplicates()).isEmpty();
  }

  @Test
  void namesBothLines() {
    assertThat(HoconScan.of("a = 1\n\nb { c = 1 }\nb.c = 2").duplicates())
        .containsExactly(new HoconScan.Duplicate("b.c", 4, 3));
  }

  @Test
  void findsIncludesOfEveryForm() {
    String text = "include \"a\"\nx { include required(\"b\") }\ninclude file(\"c\")\ninclude = 1";
    assertThat(HoconScan.of(text).includes())
        .containsExactly(
            new HoconScan.Include("a", "", "", 1),
            new HoconScan.Include("b", "required(", "x", 2),
            new HoconScan.Include("c", "file(", "", 3));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a {", "a = [", "}", "\"", "a = \"", "${", "a = ${", "include \"", "= =", "[1"})
  void endsOnBrokenText(String text) {
    assertThat(HoconScan.of(text).duplicates()).isEmpty();
  }
}
