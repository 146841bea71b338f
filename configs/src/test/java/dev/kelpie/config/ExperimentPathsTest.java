package dev.kelpie.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.files.HomeFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExperimentPathsTest {
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
    "\"~other/x\", 'data.path: ~other/x (expected: '",
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
}
