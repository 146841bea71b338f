package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor cannot examine, and what it examines all the same. */
class BadDoctorTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Doctor");

  @TempDir private Path folder = Path.of("");

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  private void refused(String what, String run) {
    CommandLineRun terminal = CommandLineRun.of("doctor", folder.resolve(run).toString());
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(terminal.err().lines()).hasSize(1);
    String line = terminal.err().strip().substring("kelpie: ".length());
    TABLE.add(what, "kelpie doctor " + run, Refusal.stable(folder, line));
  }

  @Test
  void whatIsNoRunIsRefused() throws IOException {
    refused("run that is not there", "none");
    Files.createDirectory(folder.resolve("empty"));
    refused("run without metrics", "empty");
  }

  @Test
  void damagedLinesAreNamedAndTheOthersExamined() throws IOException {
    Path run = Files.createDirectory(folder.resolve("run"));
    Files.writeString(run.resolve("metrics.jsonl"), "{\"step\":1,\"reward/mean\":1}\nnothing\n");
    CommandLineRun terminal = CommandLineRun.of("doctor", run.toString());
    assertThat(terminal.code()).isZero();
    assertThat(terminal.out().lines().findFirst()).contains("doctor: no alarm in 1 step");
    TABLE.add(
        "metrics with a damaged line",
        "nothing",
        Refusal.stable(folder, terminal.out().lines().skip(1).findFirst().orElse("").strip()));
  }
}
