package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.ClusterFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code kelpie cluster status}, {@code drain} and {@code stop} say of runs that are not live.
 */
class BadLiveRunTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Live runs");

  @TempDir private Path folder = Path.of("");

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  private void refused(int code, String what, String... arguments) {
    List<String> all = new ArrayList<>(List.of("cluster"));
    List<String> written = new ArrayList<>(List.of("kelpie cluster"));
    for (String argument : arguments) {
      all.add(argument.equals("RUN") ? folder.resolve("run").toString() : argument);
      written.add(argument);
    }
    CommandLineRun terminal = CommandLineRun.of(all.toArray(String[]::new));
    assertThat(terminal.code()).as(terminal.err()).isEqualTo(code);
    assertThat(terminal.err().lines()).hasSize(1);
    String line = terminal.err().strip().substring("kelpie: ".length());
    TABLE.add(what, String.join(" ", written), Refusal.stable(folder, line));
  }

  private RunFolder run(String experiment) throws IOException {
    RunFolder run = new RunFolder(EndedRun.write(folder.resolve("run"), 4, 3, 0.3));
    Files.writeString(run.experimentFile(), experiment);
    return run;
  }

  @Test
  void runsThatAreNotLiveAreRefused() throws IOException {
    refused(Failures.BAD_INPUT, "no run given, and none is live", "status");
    refused(Failures.BAD_INPUT, "folder that is no run", "stop", "RUN");
    run("data.path = x.jsonl, policy.path = x, dashboard.port = 1\n");
    refused(Failures.BAD_INPUT, "run that has ended", "status", "RUN");
    refused(Failures.BAD_INPUT, "worker of a run that has ended", "drain", "rollout-1", "RUN");
  }

  @Test
  void liveRunWithoutAPageCannotBeAsked() throws IOException {
    ClusterFile.write(
        run("data.path = x.jsonl, policy.path = x, dashboard.enabled = false\n"), "127.0.0.1:1");
    refused(Failures.BAD_INPUT, "live run whose page is off", "status", "RUN");
  }

  @Test
  void learnerThatIsGoneIsNamed() throws IOException {
    ClusterFile.write(
        run("data.path = x.jsonl, policy.path = x, dashboard.port = 1\n"), "127.0.0.1:1");
    refused(Failures.FAILURE, "live run whose learner's process is gone", "status", "RUN");
  }

  @Test
  void commandWithoutAVerbNamesAll() {
    refused(Failures.BAD_INPUT, "kelpie cluster without more");
  }
}
