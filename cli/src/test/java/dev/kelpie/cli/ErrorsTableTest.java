package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ErrorsTableTest {
  @Test
  void documentsSixtyInputsOrMoreEachOnce() throws IOException {
    List<String> rows =
        Files.readAllLines(Path.of("..", "docs", "errors.md")).stream()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| what |"))
            .filter(line -> !line.startsWith("| ---"))
            .toList();
    assertThat(rows).hasSizeGreaterThanOrEqualTo(60).doesNotHaveDuplicates();
    assertThat(rows).allMatch(row -> row.endsWith("` |"), "tells what the input gets");
  }
}
