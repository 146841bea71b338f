package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table in docs/architecture.md that follows one prompt, against a run that has only one. */
class JourneyTest {
  private static final int MOST_FILES = 12;
  private static final Path TABLE = Path.of("..", "docs", "architecture.md");
  private static final Pattern ROW =
      Pattern.compile("\\| \\d+ \\| `(?:\\w+/)+(\\w+)` \\| `(\\w+)` \\|.*");

  /** A row of the table. */
  private record Stage(String file, String method) {
    String call() {
      return file + "." + method;
    }
  }

  @Test
  void theTableNamesTheFilesOnThePromptsWayAndLeavesNoneOut(@TempDir Path temp) throws Exception {
    List<Stage> stages = stages();
    assertThat(stages).hasSizeBetween(8, MOST_FILES);

    List<TracedRun.Call> calls = run(temp, stages);

    List<String> files = stages.stream().map(Stage::file).toList();
    int at = 0;
    Set<String> passed = new LinkedHashSet<>();
    for (Stage stage : stages) {
      at = first(calls, stage, at);
      TracedRun.Call call = calls.get(at);
      assertThat(passed).as("callers of " + stage.call()).containsAll(call.callers());
      assertThat(files).as("sender of what " + stage.call() + " handles").containsAll(sender(call));
      if (call.callers().isEmpty() && !passed.isEmpty()) {
        assertThat(sender(call)).as("sender of what " + stage.call() + " handles").isNotEmpty();
        assertThat(passed).as("files before " + stage.call()).containsAll(sender(call));
      }
      passed.add(stage.file());
    }
  }

  private static List<String> sender(TracedRun.Call call) {
    return call.sender().stream().toList();
  }

  /** The position of the first call of a stage's method, not before {@code from}. */
  private static int first(List<TracedRun.Call> calls, Stage stage, int from) {
    for (int i = from; i < calls.size(); i++) {
      if (calls.get(i).method().equals(stage.call())) {
        return i;
      }
    }
    throw new AssertionError(
        stage.call() + " does not handle the prompt after " + calls.subList(0, from));
  }

  private static List<TracedRun.Call> run(Path temp, List<Stage> stages) throws Exception {
    Path experiment =
        SmallExperiment.write(
            temp,
            "run.steps = 1, dashboard.enabled = false,"
                + " rollout { prompts-per-step = 1, group-size = 2, max-new-tokens = 8 }");
    return TracedRun.of(
        List.of("train", experiment.toString(), "--run-dir", temp.resolve("run").toString()),
        new TreeSet<>(stages.stream().map(Stage::call).toList()),
        temp.resolve("log"));
  }

  private static List<Stage> stages() throws IOException {
    return Files.readAllLines(TABLE).stream()
        .map(ROW::matcher)
        .filter(Matcher::matches)
        .map(row -> new Stage(row.group(1), row.group(2)))
        .toList();
  }
}
