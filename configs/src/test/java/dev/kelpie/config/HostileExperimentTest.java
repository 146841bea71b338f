package dev.kelpie.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.file.ExperimentFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(20)
class HostileExperimentTest {
  private static final String NEEDED = "data.path = d.jsonl\npolicy.path = p\n";

  static Stream<Arguments> experimentsBeyondABound() {
    return Stream.of(
        Arguments.of("{".repeat(50_000), "nested 101 deep (expected: at most 100)"),
        Arguments.of("a = " + "[".repeat(50_000), "nested 101 deep"),
        Arguments.of("a ".repeat(1) + "{ a ".repeat(50_000), "nested 101 deep"),
        Arguments.of("a = [{".repeat(50_000), "nested 101 deep"),
        Arguments.of("a" + ".a".repeat(50_000) + " = 1", "a key of 100002 characters"),
        Arguments.of("a = ${" + "a.".repeat(50_000) + "a}", "a substitution of 100001 characters"),
        Arguments.of("a = \"" + "x".repeat(1 << 20) + "\"", "more than 1048576 bytes"),
        Arguments.of(
            lines(10_001, i -> "k" + i + " = 1"), "more than 10000 keys (expected: fewer)"),
        Arguments.of(lines(1001, i -> "k" + i + " = ${run.seed}"), "more than 1000 substitutions"),
        Arguments.of("\"\\u0061\" = x\nb = ${a}${a}", "a key with a backslash"),
        // doubles with each line
        Arguments.of("k0 = xxxx\n" + lines(60, i -> next(i)), "that substitutions make larger"),
        Arguments.of(lines(60, i -> next(i)) + "\nk0 = xxxx", "that substitutions make larger"),
        Arguments.of("a = ${?b}\n".repeat(101), "a has more than 100 values with substitutions"),
        Arguments.of("a = xx\n" + "a = ${a}${a}\n".repeat(40), "that substitutions make larger"),
        Arguments.of("a = [x]\n" + "a = ${a} ${a}\n".repeat(40), "that substitutions make larger"),
        Arguments.of(
            "o0 { x = 1 }\n" + lines(40, i -> object(i)), "that substitutions make larger"),
        Arguments.of(
            "l0 = [1]\n" + lines(40, i -> "l" + (i + 1) + " = [${l" + i + "}, ${l" + i + "}]"),
            "that substitutions make larger"),
        Arguments.of(
            "a { x = yy }\n" + "a { x = ${a.x}${a.x} }\n".repeat(40),
            "that substitutions make larger"));
  }

  private static String next(int i) {
    return "k" + (i + 1) + " = ${k" + i + "}${k" + i + "}";
  }

  private static String object(int i) {
    return "o" + (i + 1) + " { a = ${o" + i + "}, b = ${o" + i + "} }";
  }

  private static String lines(int count, java.util.function.IntFunction<String> line) {
    return IntStream.range(0, count).mapToObj(line).collect(Collectors.joining("\n"));
  }

  @ParameterizedTest
  @MethodSource("experimentsBeyondABound")
  void anExperimentBeyondABoundIsRefused(String text, String message, @TempDir Path folder)
      throws IOException {
    Path file = Files.writeString(folder.resolve("x.conf"), NEEDED + text);
    assertThatThrownBy(() -> ExperimentFiles.load(file, List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("x.conf");
    assertThatThrownBy(() -> ExperimentFiles.recorded(file)).isInstanceOf(ConfigException.class);
  }

  @Test
  void growthThroughAnIncludedFileIsRefused(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("more.conf"), "k0 = xxxx\n" + lines(60, HostileExperimentTest::next));
    Path file =
        Files.writeString(
            folder.resolve("x.conf"), NEEDED + "run { include required(\"more.conf\") }");
    assertThatThrownBy(() -> ExperimentFiles.load(file, List.of()))
        .hasMessageContaining("that substitutions make larger than 4194304 characters");
  }

  @Test
  void manyReferencesThatDoNotGrowAreRead(@TempDir Path folder) throws IOException {
    // forty keys with two references each, all to plain values: 2^40 only if they were multiplied
    Path file =
        Files.writeString(
            folder.resolve("x.conf"),
            NEEDED
                + "run { steps = 4, seed = 5 }\nrollout.group-size = ${run.steps}\n"
                + "run.name = \"n\"${run.steps}\n"
                + "reward { "
                + lines(40, i -> "r" + i + " { type = regex, pattern = ${run.steps}${run.seed} }")
                + " }");
    Experiment read = ExperimentFiles.load(file, List.of()).experiment();
    assertThat(read.rollout().groupSize()).isEqualTo(4);
    assertThat(read.run().name()).isEqualTo("n4");
  }

  @Test
  void aLongValueIsCutInTheMessage(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("x.conf"), NEEDED + "run.steps = \"" + "x".repeat(100_000) + "\"");
    assertThatThrownBy(() -> ExperimentFiles.load(file, List.of()))
        .satisfies(failure -> assertThat(failure.getMessage()).hasSizeLessThan(1500))
        .hasMessageStartingWith("run.steps: xxx")
        .hasMessageEndingWith("x.conf:3");
  }

  @Test
  void aMillionBlanksInAValueTakeNoTime(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("x.conf"), NEEDED + "run.steps = \"" + " ".repeat(1_000_000) + "x\"");
    assertThatThrownBy(() -> ExperimentFiles.load(file, List.of()))
        .hasMessageStartingWith("run.steps: ")
        .hasMessageEndingWith("x.conf:3");
  }

  @Test
  void includesThatFanOutAreRefused(@TempDir Path folder) throws IOException {
    for (int i = 0; i < 15; i++) {
      String next = "include \"f" + (i + 1) + ".conf\"\n";
      Files.writeString(folder.resolve("f" + i + ".conf"), next + next);
    }
    Files.writeString(folder.resolve("f15.conf"), "run.steps = 3\n");
    assertThatThrownBy(() -> ExperimentFiles.load(folder.resolve("f0.conf"), List.of()))
        .hasMessageEndingWith("f0.conf: more than 200 includes in all (expected: fewer)");
  }

  @Test
  void aLongChainOfIncludesIsRefused(@TempDir Path folder) throws IOException {
    for (int i = 0; i < 30; i++) {
      Files.writeString(folder.resolve("f" + i + ".conf"), "include \"f" + (i + 1) + ".conf\"\n");
    }
    Files.writeString(folder.resolve("f30.conf"), "run.steps = 3\n");
    assertThatThrownBy(() -> ExperimentFiles.load(folder.resolve("f0.conf"), List.of()))
        .hasMessageContaining("expected: a shorter chain");
  }

  @Test
  void substitutionsOfAllIncludesAreCounted(@TempDir Path folder) throws IOException {
    String references = lines(900, i -> "r" + i + " = ${run.steps}");
    Path file =
        Files.writeString(
            folder.resolve("x.conf"), NEEDED + "a { include \"y.conf\" }\n".repeat(3));
    Files.writeString(folder.resolve("y.conf"), references);
    assertThatThrownBy(() -> ExperimentFiles.load(file, List.of()))
        .hasMessageContaining("more than 2000 substitutions with its includes");
  }

  @Test
  void anIncludeReadsThePathThatWasScanned(@TempDir Path folder) throws IOException {
    Path deep = Files.createDirectories(folder.resolve("sub/deep"));
    Files.createSymbolicLink(folder.resolve("link"), deep);
    Files.writeString(folder.resolve("y.conf"), "run.steps = 3\n");
    Files.writeString(folder.resolve("sub/y.conf"), "run.steps = 4\n");
    Path file =
        Files.writeString(folder.resolve("x.conf"), NEEDED + "include \"link/../y.conf\"\n");
    assertThatThrownBy(() -> ExperimentFiles.load(file, List.of()))
        .hasMessageContaining("include \"link/../y.conf\": '..' behind a link")
        .hasMessageEndingWith("x.conf:3");
    Files.writeString(file, NEEDED + "include \"sub/../y.conf\"\n");
    assertThat(ExperimentFiles.load(file, List.of()).experiment().run().steps()).isEqualTo(3);
  }
}
