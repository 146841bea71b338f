package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What {@code kelpie samples --pairs} cannot show. */
class BadPairsTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Recorded pairs");
  private static final String PAIRS = "rollouts/step-2-pairs.arrow";

  static final List<Kind> REFUSED =
      List.of(
          option("step without pairs", "--pairs", "--step", "3"),
          option("the wrong ones of no pairs", "--wrong"),
          option("rewards of pairs", "--pairs", "--reward-below", "1"),
          option("pattern that is none", "--pairs", "--text", "("),
          new Kind(
              "run without pairs",
              "a run with a loss over tokens",
              run -> Files.delete(run.resolve(PAIRS)),
              List.of("--pairs")),
          new Kind(
              "pairs whose samples are gone",
              "rollouts/step-2.arrow is not there",
              run -> Files.delete(run.resolve("rollouts/step-2.arrow")),
              List.of("--pairs")),
          new Kind(
              "pairs cut short",
              "half of the file",
              run -> half(run.resolve(PAIRS)),
              List.of("--pairs")),
          new Kind(
              "pairs that are another file",
              "the samples under the name of the pairs",
              run ->
                  Files.write(
                      run.resolve(PAIRS), Files.readAllBytes(run.resolve("rollouts/step-2.arrow"))),
              List.of("--pairs")),
          new Kind(
              "pairs that are text",
              "{}",
              run -> Files.writeString(run.resolve(PAIRS), "{}"),
              List.of("--pairs")));

  @TempDir private Path folder = Path.of("");

  private interface Spoiler {
    void spoil(Path run) throws IOException;
  }

  /**
   * A request.
   *
   * @param input what is odd about it
   */
  record Kind(String what, String input, Spoiler spoiler, List<String> options) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Kind option(String what, String... options) {
    return new Kind(what, String.join(" ", options), run -> {}, List.of(options));
  }

  private static void half(Path file) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void isRefusedInOneLine(Kind kind) throws IOException {
    Path run = PairedRun.write(folder.resolve("run"), 4);
    kind.spoiler().spoil(run);
    List<String> arguments = new ArrayList<>(List.of("samples", run.toString()));
    arguments.addAll(kind.options());
    CommandLineRun terminal = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(terminal.code()).as(terminal.err()).isEqualTo(Failures.BAD_INPUT);
    assertThat(terminal.err().lines()).hasSize(1);
    String line = terminal.err().strip().substring("kelpie: ".length());
    TABLE.add(kind.what(), kind.input(), Refusal.stable(folder, line));
  }
}
