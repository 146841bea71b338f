package dev.kelpie.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.config.ConfigException;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class FailuresTest {
  @Command(name = "fail")
  private record Failing(Exception failure) implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
      throw failure;
    }
  }

  @Test
  void badInputGivesExitCodeTwoAndItsMessageAlone() {
    assertThat(fail(new ConfigException("run.steps: 0 (expected: at least 1), x.conf:3"), false))
        .isEqualTo(
            new CommandLineRun(2, "", "kelpie: run.steps: 0 (expected: at least 1), x.conf:3\n"));
    assertThat(fail(new CheckpointException("model.safetensors: cut"), false).code()).isEqualTo(2);
  }

  @Test
  void anyOtherFailureGivesExitCodeOneAndItsKindInOneLine() {
    CommandLineRun run = fail(new IllegalStateException("no\n  luck"), false);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .isEqualTo("kelpie: IllegalStateException: no luck (--debug shows where)\n");
  }

  @Test
  void looksThroughTheWrappersOfOtherThreads() {
    assertThat(fail(new ExecutionException(new ConfigException("x: 1")), false).err())
        .isEqualTo("kelpie: x: 1\n");
  }

  @Test
  void debugShowsWhere() {
    assertThat(fail(new IllegalStateException("no"), true).err()).contains("\tat dev.kelpie.cli.");
  }

  private static CommandLineRun fail(Exception failure, boolean debug) {
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new Failing(failure))
            .setErr(new PrintWriter(err))
            .setExecutionExceptionHandler(new Failures(() -> debug))
            .execute();
    return new CommandLineRun(code, "", err.toString().replace("\r\n", "\n"));
  }
}
