package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code kelpie plan} refuses. */
class BadPlanTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Plan");

  @TempDir private Path folder = Path.of("");

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @BeforeEach
  void writeRuns() throws IOException {
    Files.writeString(
        folder.resolve("x.conf"),
        """
        policy.path = policy, data { path = a.jsonl, prompt = p }
        reward.a { type = length }, rollout.threads = 1, learner.threads = 1
        """);
    MeasuredFolder.write(folder.resolve("run"), 6, 1, 1);
    MeasuredFolder.write(folder.resolve("short"), 2, 1, 1);
    MeasuredFolder.write(folder.resolve("wide"), 6, 2, 1);
  }

  private void refused(String what, String... options) {
    List<String> all = new ArrayList<>(List.of("plan", folder.resolve("x.conf").toString()));
    List<String> shown = new ArrayList<>();
    for (String option : options) {
      boolean run = Files.exists(folder.resolve(option)) || option.equals("none");
      all.add(run ? folder.resolve(option).toString() : option);
      shown.add(option);
    }
    CommandLineRun terminal = CommandLineRun.of(all.toArray(new String[0]));
    assertThat(terminal.code()).as(terminal.err()).isEqualTo(Failures.BAD_INPUT);
    assertThat(terminal.err().lines()).as(terminal.err()).hasSize(1);
    String line = terminal.err().strip().substring("kelpie: ".length());
    TABLE.add(what, String.join(" ", shown), Refusal.stable(folder, line));
  }

  @Test
  void ratesThatSayNothingAreRefused() {
    refused("no rates");
    refused("rates of no run", "--rates", "none");
    refused("rates of a run with too few steps", "--rates", "short");
    refused("rates with other threads", "--rates", "wide");
    refused("rates of runs with different threads", "--rates", "run", "--rates", "wide");
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    refused("no rollout worker", "--rates", "run", "--rollout-workers", "-1");
    refused("no worker on a machine", "--rates", "run", "--workers-per-host", "0");
    refused("link without a rate", "--rates", "run", "--link", "0");
    refused("learner that does nothing", "--rates", "run", "--learner-speed", "0");
    refused("negative price", "--rates", "run", "--price", "-1");
    refused("failure in every step", "--rates", "run", "--failures", "1");
    refused("share above 1", "--rates", "run", "--learner-failures", "2");
    refused("restart in no time", "--rates", "run", "--restart", "0");
    refused("too few steps", "--rates", "run", "--steps", "3");
  }

  @Test
  void whatThePolicyDoesNotSampleIsRefused() {
    refused("responses of the data file", "--rates", "run", "-D", "rollout.engine=dataset");
  }
}
