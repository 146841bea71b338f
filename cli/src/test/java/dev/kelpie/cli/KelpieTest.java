package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  void everyExampleIsACommandThatParses() {
    CommandLine root = Kelpie.commandLine();
    assertExamplesParse(root, "kelpie");
  }

  private static void assertExamplesParse(CommandLine command, String name) {
    List<String> examples =
        Arrays.stream(command.getCommandSpec().usageMessage().footer())
            .filter(line -> line.startsWith("Example: "))
            .map(line -> line.substring("Example: ".length()))
            .toList();
    assertThat(examples).as(name).isNotEmpty();
    for (String example : examples) {
      assertThat(example + " ").startsWith(name.equals("kelpie") ? "kelpie " : name + " ");
      List<String> words = words(example);
      CommandLine.ParseResult parsed =
          Kelpie.commandLine().parseArgs(words.subList(1, words.size()).toArray(String[]::new));
      assertThat(parsed.errors()).as(example).isEmpty();
      assertThat(parsed.hasSubcommand()).as(example).isTrue();
    }
    command
        .getSubcommands()
        .forEach((sub, nested) -> assertExamplesParse(nested, name + " " + sub));
  }

  /** As a shell splits them, with double quotes. */
  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    Matcher matcher = Pattern.compile("\"([^\"]*)\"|(\\S+)").matcher(line);
    while (matcher.find()) {
      words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
    }
    return words;
  }

  @Test
  void versionNamesBuildAndJava() {
    CommandLineRun run = CommandLineRun.of("--version");
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .matches("Kelpie \\d\\S* \\(commit \\S+\\), Java 1?\\d\\S*, .*\\R(.+\\R){4}");
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
