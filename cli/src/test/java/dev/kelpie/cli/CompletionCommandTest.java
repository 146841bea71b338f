package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionCommandTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void bashCompletesCommandsAndOptions() throws Exception {
    Path script = script("bash");
    assertThat(shell("bash", "source " + script + " && complete -p kelpie"))
        .contains("_complete_kelpie")
        .contains("kelpie");
    // what a person gets who types: kelpie ins TAB, kelpie bench d TAB, kelpie samples --re TAB
    assertThat(completions(script, "kelpie", "ins")).contains("inspect");
    assertThat(completions(script, "kelpie", "bench", "d")).contains("decode");
    assertThat(completions(script, "kelpie", "samples", "--re")).contains("--reward-below");
  }

  @Test
  void zshCompletesToo() throws Exception {
    Path script = script("zsh");
    assertThat(Files.readString(script)).contains("ZSH_VERSION", "bashcompinit");
    assertThat(shell("zsh", "source " + script + " && print ${_comps[kelpie]}")).contains("kelpie");
  }

  @Test
  void asksForTheShell() {
    CommandLineRun none = CommandLineRun.of("completion");
    assertThat(none.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(none.err()).hasLineCount(1).contains("expected: bash or zsh");
  }

  private Path script(String shell) throws IOException {
    CommandLineRun printed = CommandLineRun.of("completion", shell);
    assertThat(printed.code()).as(printed.err()).isZero();
    return Files.writeString(folder.resolve("completion." + shell), printed.out());
  }

  private List<String> completions(Path script, String... words) throws Exception {
    String line = String.join(" ", words);
    String typed =
        String.format(
            "COMP_WORDS=(%s); COMP_CWORD=%d; COMP_LINE='%s'; COMP_POINT=%d",
            line, words.length - 1, line, line.length());
    String asked = "; _complete_kelpie; printf '%s\\n' \"${COMPREPLY[@]}\"";
    return shell("bash", "source " + script + "; " + typed + asked)
        .lines()
        .map(String::strip)
        .toList();
  }

  private static String shell(String name, String command) throws Exception {
    boolean found =
        List.of("/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin").stream()
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    Assumptions.assumeTrue(found, "no " + name + " here");
    Process process = new ProcessBuilder(name, "-c", command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
