package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Paths that a shell would have changed, and files that the machine keeps from the program. */
class BadEnvironmentTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Environment");

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @Test
  void isRefusedByName(@TempDir Path folder) throws IOException {
    SmallExperiment.write(folder, "policy.init = random");
    Map<String, String> kinds = new LinkedHashMap<>();
    kinds.put("home of another user", "data.path = \"~other/rows.jsonl\"");
    kinds.put("variable of the environment", "data.path = ${HOME}/rows.jsonl");
    kinds.put("variable that may be missing", "data.path = ${?HOME}/rows.jsonl");
    kinds.put("variable in quotes", "data.path = \"${HOME}/rows.jsonl\"");
    kinds.put("variable of a shell in quotes", "data.path = \"$HOME/rows.jsonl\"");
    for (Map.Entry<String, String> kind : kinds.entrySet()) {
      Path file = folder.resolve("x.conf");
      Files.writeString(file, "include required(\"small.conf\")\n" + kind.getValue());
      TABLE.add(kind.getKey(), kind.getValue(), Refusal.of(folder, file.toString()));
    }
    String option = "--resume=~other/run";
    CommandLineRun resumed = CommandLineRun.of("train", option);
    assertThat(resumed.code()).isEqualTo(Failures.BAD_INPUT);
    TABLE.add("home of another user in an option", option, resumed.err().strip().substring(8));
    String control = "data.path = \"a\\u0000b\"";
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "include required(\"small.conf\")\n" + control);
    TABLE.add(
        "path that no system takes",
        control,
        Refusal.of(folder, file.toString()).replace("\u0000", "NUL"));
  }
}
