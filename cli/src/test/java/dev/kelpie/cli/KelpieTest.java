package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class KelpieTest {
  @Test
  void everyCommandHasADescriptionAndAnExample() {
    assertDescribed(Kelpie.commandLine());
  }

  private static void assertDescribed(CommandLine command) {
    String help = command.getUsageMessage();
    assertThat(help).contains("Example: kelpie ").contains("--debug");
    assertThat(command.getCommandSpec().usageMessage().description()).isNotEmpty();
    command.getSubcommands().values().forEach(KelpieTest::assertDescribed);
  }

  @Test
  void versionNamesBuildAndJava() {
    CommandLineRun run = CommandLineRun.of("--version");
    assertThat(run.code()).isZero();
    assertThat(run.out()).matches("Kelpie \\d\\S* \\(commit \\S+\\), Java 1?\\d\\S*, .*\\R");
  }

  @Test
  void offersTheNearestCommand() {
    CommandLineRun run = CommandLineRun.of("vaildate");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("(nearest: validate").hasLineCount(1);
  }

  @Test
  void badInputIsOneLineAndExitCodeTwo() {
    CommandLineRun run = CommandLineRun.of("validate", "nowhere.conf");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).startsWith("kelpie: nowhere.conf: no such file").hasLineCount(1);
  }

  @Test
  void debugShowsTheStackTrace() {
    CommandLineRun run = CommandLineRun.of("validate", "nowhere.conf", "--debug");
    assertThat(run.err()).contains("at dev.kelpie.config.");
  }

  @Test
  void overridesAreShownWhereTheyAreWrong() {
    CommandLineRun run =
        CommandLineRun.of("validate", "../configs/quickstart.conf", "-D", "run.step=4");
    assertThat(run.err()).contains("run.step: unknown key (expected: steps?), -D");
  }
}
