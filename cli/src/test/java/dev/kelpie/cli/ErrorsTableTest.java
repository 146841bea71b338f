package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErrorsTableTest {
  private static final Pattern SECTION = Pattern.compile("ErrorsTable\\.section\\(\\s*\"(.+?)\"");
  private static final String HEAD =
      "## Data\n\n| what | input | what it gets |\n| --- | --- | --- |\n";

  @TempDir private Path folder = Path.of("");

  @Test
  void everySectionIsComparedByOneTestWithWhatTheProgramSays() throws IOException {
    List<String> compared = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith("Test.java")).toList()) {
        String source = Files.readString(file);
        List<String> titles =
            SECTION.matcher(source).results().map((MatchResult found) -> found.group(1)).toList();
        compared.addAll(titles);
        assertThat(source.split("\\bTABLE\\.check\\(\\)", -1))
            .as("comparisons in %s", file)
            .hasSize(titles.size() + 1);
      }
    }
    List<String> documented =
        Files.readAllLines(ErrorsTable.FILE).stream()
            .filter(line -> line.startsWith("## "))
            .map(line -> line.substring("## ".length()))
            .toList();
    assertThat(documented).isNotEmpty();
    assertThat(compared).containsExactlyInAnyOrderElementsOf(documented);
  }

  @Test
  void acceptsRowsThatTheProgramAnswersAlike() throws IOException {
    ErrorsTable table = table("| a | `x` | `no \\| never` |\n");
    table.add("a", "x", "no | never");
    table.check();
  }

  @Test
  void refusesARowThatNoTestProduces() throws IOException {
    ErrorsTable table = table("| a | `x` | `no` |\n| b | `y` | `no` |\n");
    table.add("a", "x", "no");
    assertThatThrownBy(table::check).isInstanceOf(AssertionError.class);
  }

  @Test
  void refusesARefusalThatIsNotDocumented() throws IOException {
    ErrorsTable table = table("| a | `x` | `no` |\n");
    table.add("a", "x", "no");
    table.add("b", "y", "no");
    assertThatThrownBy(table::check).isInstanceOf(AssertionError.class);
  }

  @Test
  void refusesALineThatHasChanged() throws IOException {
    ErrorsTable table = table("| a | `x` | `no` |\n");
    table.add("a", "x", "yes");
    assertThatThrownBy(table::check).isInstanceOf(AssertionError.class);
  }

  @Test
  void refusesAnInputThatIsTriedTwice() throws IOException {
    ErrorsTable table = table("");
    table.add("a", "x", "no");
    assertThatThrownBy(() -> table.add("a", "x", "no")).hasMessage("a is tried twice");
  }

  private ErrorsTable table(String rows) throws IOException {
    return ErrorsTable.of(Files.writeString(folder.resolve("errors.md"), HEAD + rows), "Data");
  }
}
