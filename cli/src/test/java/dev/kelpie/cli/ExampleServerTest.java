package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of a reward behind a URL. */
class ExampleServerTest {
  private static final Path SERVER =
      Path.of("../examples/http-reward/server.py").toAbsolutePath().normalize();

  @TempDir private Path folder = Path.of("");

  @Test
  void scoresTheQuickstart() throws Exception {
    Process server = start();
    try (BufferedReader out = server.inputReader()) {
      String line = Objects.requireNonNull(out.readLine());
      String port = line.substring(line.lastIndexOf(' ') + 1);
      String experiment =
          SmallExperiment.write(
                  folder,
                  "reward.answer = null, reward.served { type = http, url = \"http://localhost:"
                      + port
                      + "/score\" }")
              .toString();
      CommandLineRun validate = CommandLineRun.of("validate", "--ask", experiment);
      assertThat(validate.code()).as(validate.out() + validate.err()).isZero();
      assertThat(validate.out()).contains("reference answers as responses score 1.0");
    } finally {
      server.destroyForcibly();
    }
  }

  private static Process start() throws IOException {
    String python = System.getProperty("kelpie.python", "python3");
    try {
      return new ProcessBuilder(python, SERVER.toString(), "0").redirectErrorStream(true).start();
    } catch (IOException e) {
      PythonScript.skip("skipped: no " + python + " here (-Dkelpie.python=PATH names another)");
      throw e;
    }
  }
}
