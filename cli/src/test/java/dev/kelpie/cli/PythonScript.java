package dev.kelpie.cli;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a Python program printed, errors included, and its exit code. The interpreter is {@code
 * -Dkelpie.python}, or {@code python3}.
 */
record PythonScript(int code, String output) {
  /**
   * Runs {@code arguments} in the folder {@code where}; skips the test where there is no Python.
   */
  static PythonScript run(Path where, String... arguments) throws IOException {
    String python = System.getProperty("kelpie.python", "python3");
    List<String> command = new ArrayList<>(List.of(python));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(where.toFile());
    builder.redirectErrorStream(true).environment().put("PYTHONDONTWRITEBYTECODE", "1");
    builder.environment().put("PYTHONIOENCODING", "utf-8");
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return skip("skipped: no " + python + " here (-Dkelpie.python=PATH names another)");
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new PythonScript(process.onExit().join().exitValue(), output);
  }

  /** Ends the test as skipped, with the reason in its output. */
  static PythonScript skip(String reason) {
    System.out.println(reason);
    return abort(reason);
  }

  /** A script of the repository. */
  static String shipped(String name) {
    return Path.of("..", "scripts", name).toAbsolutePath().normalize().toString();
  }
}
