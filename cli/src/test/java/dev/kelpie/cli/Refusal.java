package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Tries runs that must not start. */
final class Refusal {
  private Refusal() {}

  /**
   * The one line that {@code kelpie train} with {@code arguments} answers. It ends with exit code 2
   * and leaves no run folder.
   *
   * @param folder where the run would be; its name is left out of the line
   */
  static String of(Path folder, String... arguments) {
    Path run = folder.resolve("run");
    List<String> all = new ArrayList<>(List.of("train", "--run-dir", run.toString()));
    all.addAll(List.of(arguments));
    CommandLineRun terminal = CommandLineRun.of(all.toArray(String[]::new));
    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.code()).as(terminal.err()).isEqualTo(Failures.BAD_INPUT);
    assertThat(Files.exists(run)).as("a run folder, after %s", terminal.err()).isFalse();
    assertThat(terminal.err()).startsWith("kelpie: ");
    return stable(folder, terminal.err().strip().substring("kelpie: ".length()));
  }

  /** A line without what is different on every machine. */
  static String stable(Path folder, String line) {
    return line.replace(folder + "/", "").replace(Shipped.configs() + "/", "configs/");
  }
}
