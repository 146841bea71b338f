package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Experiments that {@code kelpie validate} finds too large for the machine. */
class BadMemoryTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Memory");

  @TempDir private Path folder = Path.of("");

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @Test
  void theKeyThatHelpsMostIsNamed() {
    refused("cache of all responses at once", "rollout.group-size=100000000");
    refused("cache of one group", "rollout.group-size=100000000", "rollout.unit-prompts=1");
    refused("workers without end", "rollout.workers=100000000");
  }

  /** The sizes are this machine's; the table has letters in their place. */
  private void refused(String what, String... overrides) {
    List<String> all = new ArrayList<>(List.of("validate", Shipped.quickstart()));
    for (String override : overrides) {
      all.addAll(List.of("-D", override));
    }
    CommandLineRun terminal = CommandLineRun.of(all.toArray(new String[0]));
    assertThat(terminal.code()).as(terminal.out()).isEqualTo(Failures.BAD_INPUT);
    String line =
        terminal.out().lines().filter(found -> found.startsWith("WRONG  memory")).findFirst().get();
    String sizes =
        line.replaceAll("of the \\d+ MiB", "of the M MiB").replaceAll("\\(\\d+ %\\)", "(P %)");
    TABLE.add(what, String.join(" ", overrides), Refusal.stable(folder, sizes));
  }
}
