package dev.kelpie.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HomeFolderTest {
  @ParameterizedTest
  @CsvSource({
    "~, /home/ann",
    "~/, /home/ann",
    "~/a b/c, /home/ann/a b/c",
    "a/~, a/~",
    "./~bob, ./~bob",
    "/x/~/y, /x/~/y",
    "a$b, a$b"
  })
  void standsAtTheStartOfAPathOnly(String path, String expanded) {
    assertThat(HomeFolder.expand(path, Map.of("HOME", "/home/ann"), users("/root")))
        .isEqualTo(expanded);
  }

  @Test
  void isThatOfTheListOfUsersWhereTheEnvironmentNamesNone() {
    assertThat(HomeFolder.expand("~/x", Map.of(), users("/home/bo"))).isEqualTo("/home/bo/x");
    assertThat(HomeFolder.expand("~/x", Map.of("HOME", ""), users("/home/bo")))
        .isEqualTo("/home/bo/x");
  }

  @ParameterizedTest
  @CsvSource({
    "~bob/x, for your own home",
    "~x, ./~x is a file",
    "${HOME}/x, without variables",
    "$HOME/x, without variables",
    "$HOME, without variables",
    "${?TMPDIR}, without variables"
  })
  void refusesWhatAShellWouldHaveExpanded(String path, String expectation) {
    assertThatThrownBy(() -> HomeFolder.expand(path, Map.of("HOME", "/h"), users("/h")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(path + " (expected: ")
        .hasMessageContaining(expectation);
  }

  @Test
  void isMissingForAUserWithoutOne() {
    // what Java says of a user who is not in the system's list
    assertThatThrownBy(() -> HomeFolder.expand("~/x", Map.of(), users("?")))
        .hasMessageContaining("this user has no home");
  }

  @Test
  void pathsOfAnExperimentStartInItsFolderOrAtHome(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("x.conf"), "data.path = a, policy.path = \"~/p\"");
    Experiment experiment = ExperimentFiles.load(file, List.of("eval.path=e")).experiment();
    assertThat(experiment.data().path()).isEqualTo(folder.resolve("a").toString());
    assertThat(experiment.policy().path()).isEqualTo(HomeFolder.expand("~/p"));
    assertThat(experiment.eval().path()).isEqualTo(Path.of("e").toAbsolutePath().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "\"~bob/x\", 'data.path: ~bob/x (expected: '",
    "\"${HOME}/x\", 'data.path: ${HOME}/x (expected: a path without variables'",
    "${HOME}/x, '${HOME}: no such value (expected: a key that is set in this file or one it"
        + " includes; the environment is not read, and ~/ is the home folder), x.conf:1'",
    "${?HOME}/x, '${?HOME}: a variable of the environment'",
    "$HOME/x, Expecting a value but got wrong token"
  })
  void anExperimentNamesNoVariableOfTheEnvironment(
      String value, String message, @TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("x.conf"), "data.path = " + value);
    assertThatThrownBy(() -> ExperimentFiles.load(file, List.of("policy.path=p")))
        .isInstanceOf(ConfigException.class)
        .satisfies(
            e ->
                assertThat(String.valueOf(e.getMessage()).replace(folder + "/", ""))
                    .startsWith(message));
  }

  @Test
  void aDollarSignInOtherTextStays(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("x.conf"),
            "data { path = a, suffix = \"${?HOME} $HOME ~/x\" }, policy.path = p");
    assertThat(ExperimentFiles.load(file, List.of()).experiment().data().suffix())
        .isEqualTo("${?HOME} $HOME ~/x");
  }

  private static Properties users(String home) {
    Properties properties = new Properties();
    properties.setProperty("user.home", home);
    return properties;
  }
}
