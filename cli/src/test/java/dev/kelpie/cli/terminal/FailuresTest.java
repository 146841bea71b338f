package dev.kelpie.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.KelpieJvm;
import dev.kelpie.cli.Shipped;
import dev.kelpie.config.ConfigException;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class FailuresTest {
  @Command(name = "fail")
  private record Failing(Throwable failure) implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
      if (failure instanceof Error error) {
        throw error;
      }
      throw (Exception) failure;
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
  void anyOtherFailureGivesExitCodeOneAndItsTextInOneLine() {
    CommandLineRun run = fail(new IllegalStateException("no\n  luck"), false);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).isEqualTo("kelpie: no luck (--debug shows where)\n");
    assertThat(fail(new IllegalStateException(), false).err())
        .isEqualTo("kelpie: unexpected IllegalStateException (--debug shows where)\n");
  }

  @Test
  void anErrorIsALineToo() {
    CommandLineRun run = fail(new OutOfMemoryError("Java heap space"), false);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .startsWith("kelpie: out of memory: the heap of ")
        .contains("-J-Xmx4g")
        .hasLineCount(1);
    assertThat(fail(new StackOverflowError(), false).err())
        .isEqualTo(
            "kelpie: the input is nested too deeply (expected: less nesting, or a larger stack,"
                + " such as -J-Xss8m)\n");
    assertThat(fail(new StackOverflowError(), true).err()).contains("\tat dev.kelpie.cli.");
  }

  /** The heap really runs out, in a process of its own. */
  @Test
  void aHeapThatIsTooSmallEndsTheProgramInOneLine(@TempDir Path folder) throws Exception {
    Path rows = folder.resolve("rows.jsonl");
    String row = "{\"prompt\": \"" + "1".repeat(15 << 20) + "\", \"answer\": \"2\"}\n";
    Files.writeString(rows, row);
    List<String> command = KelpieJvm.command("-Xmx24m");
    command.addAll(List.of("train", Shipped.quickstart()));
    command.addAll(List.of("--run-dir", folder.resolve("run").toString()));
    command.addAll(List.of("-D", "data.path=" + rows));
    Process process = new ProcessBuilder(command).start();
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(err).startsWith("kelpie: out of memory: the heap of ").hasLineCount(1);
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

  private static CommandLineRun fail(Throwable failure, boolean debug) {
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new Failing(failure))
            .setErr(new PrintWriter(err))
            .setExecutionStrategy(new Execution())
            .setExecutionExceptionHandler(new Failures(() -> debug))
            .execute();
    return new CommandLineRun(code, "", err.toString().replace("\r\n", "\n"));
  }
}
