package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps that must not start, and comparisons that cannot be made. */
class BadSweepTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Sweeps");

  @TempDir private Path folder = Path.of("");

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @BeforeEach
  void writeExperiment() throws IOException {
    SmallExperiment.write(folder, "run.steps = 1");
  }

  @Test
  void isRefusedByNameBeforeTheFirstRun() throws IOException {
    Map<String, String> kinds = new LinkedHashMap<>();
    kinds.put("misspelt key of a sweep", "sedes = [1]");
    kinds.put("sweep without an experiment", "experiment = null");
    kinds.put("experiment that is missing", "experiment = smal.conf");
    kinds.put("seed that is no whole number", "seeds = [1.5]");
    kinds.put("seed given twice", "seeds = [1, 1]");
    kinds.put("seed as an override", "set { run.seed = 2 }");
    kinds.put("one value in a grid", "grid { learner.epochs = 2 }");
    kinds.put("grid of no values", "grid { learner.epochs = [] }");
    kinds.put("value twice in a grid", "grid { learner.epochs = [2, 2] }");
    kinds.put("key twice in a grid", "grid { learner.epochs = [2], \"learner.epochs\" = [3] }");
    kinds.put("key that is none", "grid { \"learner..epochs\" = [2] }");
    kinds.put("grid and list", "grid { learner.epochs = [2] }, list = [{ name = a }]");
    kinds.put("two cells of one name", "list = [{ name = a }, { name = a }]");
    kinds.put("cell whose name is no folder", "list = [{ name = \"../a\" }]");
    kinds.put("misspelt key of a cell", "list = [{ name = a, sett { learner.epochs = 2 } }]");
    kinds.put("unknown goal", "goal = most");
    kinds.put("steps beside samples", "samples = 64, set { run.steps = 2 }");
    kinds.put("samples that are no whole steps", "samples = 100");
    kinds.put("metric of an evaluation without one", "metric = eval/reward/mean");
    kinds.put(
        "misspelt metric of an evaluation",
        "metric = eval/reward/maen, set { eval.path = rows.jsonl }");
    kinds.put(
        "greedy metric without greedy decoding",
        "metric = eval/greedy/reward/mean, set { eval.path = rows.jsonl, eval.greedy = false }");
    kinds.put("wrong value in a cell", "grid { learner.epochs = [1, -1] }");
    kinds.put("misspelt key in a cell", "grid { learner.epoch = [2] }");
    kinds.put("data that a cell does not find", "grid { data.path = [nowhere.jsonl] }");
    for (Map.Entry<String, String> kind : kinds.entrySet()) {
      TABLE.add(kind.getKey(), kind.getValue(), refused(kind.getValue()));
    }
    TABLE.add(
        "sweep file that is missing",
        "kelpie sweep nowhere.conf",
        line(CommandLineRun.of("sweep", folder.resolve("nowhere.conf").toString())));
    TABLE.add(
        "override of what the cells vary",
        "-D learner.epochs=3",
        refused("grid { learner.epochs = [2] }", "-D", "learner.epochs=3"));
    TABLE.add(
        "no run at the same time",
        "--parallel 0",
        refused("", "--parallel", "0").replaceAll("1 to \\d+", "1 to N"));
  }

  @Test
  void folderOfSomethingElseIsRefused() throws IOException {
    Files.createDirectories(folder.resolve("sweep/notes"));
    TABLE.add("folder that is no sweep's", "--run-dir sweep", refused(""));
  }

  @Test
  void changedSweepIsRefusedWithTheKey() throws IOException {
    String file = write("set { learner.epochs = 2 }");
    Path run = folder.resolve("sweep/base/seed-1");
    Files.createDirectories(run);
    Files.writeString(folder.resolve("sweep/sweep.json"), "{}");
    // what a run of the sweep before the change has left
    LoadedExperiment before =
        ExperimentFiles.load(
            folder.resolve("small.conf"), List.of("learner.epochs=3", "dashboard.enabled=false"));
    Files.writeString(run.resolve("experiment.conf"), before.render("unknown"));
    String line =
        line(
            CommandLineRun.of(
                "sweep", file, "--dry-run", "--run-dir", folder.resolve("sweep").toString()));
    TABLE.add(
        "file changed after a run",
        "set { learner.epochs = 2 }",
        line.replaceAll("conf:\\d+", "conf:N"));
  }

  @Test
  void comparisonNeedsTwoExperiments() throws IOException {
    Path notes = Files.createDirectory(folder.resolve("notes"));
    String small = folder.resolve("small.conf").toString();
    TABLE.add(
        "comparison with a folder that is no run",
        "kelpie config diff small.conf notes",
        line(CommandLineRun.of("config", "diff", small, notes.toString())));
    TABLE.add(
        "comparison with nothing",
        "kelpie config diff small.conf nowhere.conf",
        line(
            CommandLineRun.of("config", "diff", small, folder.resolve("nowhere.conf").toString())));
  }

  private String refused(String text, String... options) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of("sweep", write(text), "--run-dir", folder.resolve("sweep").toString()));
    all.addAll(List.of(options));
    String line = line(CommandLineRun.of(all.toArray(String[]::new)));
    assertThat(folder.resolve("sweep/base")).doesNotExist();
    return line;
  }

  private String write(String text) throws IOException {
    String head =
        (text.contains("experiment") ? "" : "experiment = small.conf, ")
            + (text.contains("metric") ? "" : "metric = reward/mean");
    return Files.writeString(folder.resolve("s.conf"), head + "\n" + text).toString();
  }

  private String line(CommandLineRun run) {
    assertThat(run.code()).as(run.out() + run.err()).isEqualTo(Failures.BAD_INPUT);
    assertThat(run.err()).startsWith("kelpie: ").hasLineCount(1);
    return Refusal.stable(folder, run.err().strip().substring("kelpie: ".length()));
  }
}
