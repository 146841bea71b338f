package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentDiffTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void namesBothValuesAndWhereEachIsFrom() throws IOException {
    Path a = write("a.conf", "learner.epochs = 2\nalgorithm.preset = dapo");
    Path b = write("b.conf", "algorithm.preset = grpo\nreward.short = { type = length }");
    CommandLineRun run = diff(a, b);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out().lines())
        .contains(
            "learner.epochs: 2 (" + a + ":2) -> 1 (default)",
            "algorithm.preset: \"dapo\" (" + a + ":3) -> \"grpo\" (" + b + ":2)",
            // presets/dapo.conf has clip-high = 0.28, presets/grpo.conf 0.2
            "algorithm.loss.clip-high: 0.28 (preset dapo) -> 0.2 (preset grpo)",
            "reward.short.type: - -> \"length\" (" + b + ":3)")
        // what the quickstart says goes before both presets, and neither file says its name
        .noneMatch(line -> line.startsWith("algorithm.aggregation") || line.startsWith("run.name"));
  }

  @Test
  void whatMeansTheSameIsEqual() throws IOException {
    // 1 pass is the default, 0.0001 is 1e-4, and ppo-clip is the preset's loss with clip-low 0.2
    Path a =
        write(
            "a.conf",
            "learner { epochs = 1, learning-rate = 0.0001 }\n"
                + "algorithm.loss { type = ppo-clip, clip-low = 0.2 }");
    CommandLineRun run = diff(a, write("b.conf", ""));
    assertThat(run.out()).isEmpty();
    assertThat(run.code()).as(run.err()).isZero();
  }

  @Test
  void ofBlocksOfTwoTypesOnlyWhatIsGivenIsNamed() throws IOException {
    Path a = write("a.conf", "algorithm.loss { type = gspo, clip-high = 0.5 }");
    assertThat(diff(a, write("b.conf", "")).out().lines())
        .filteredOn(line -> line.startsWith("algorithm.loss"))
        .contains("algorithm.loss.type: \"gspo\" (" + a + ":2) -> \"ppo-clip\" (preset grpo)")
        .noneMatch(line -> line.contains("-> -") || line.contains(": - ->"));
  }

  @Test
  void runFolderIsComparedByItsRecordedExperiment() throws IOException {
    LoadedExperiment loaded =
        ExperimentFiles.load(Path.of(Shipped.quickstart()), List.of("run.steps=3"));
    Files.writeString(new RunFolder(folder).experimentFile(), loaded.render("unknown"));
    CommandLineRun run = diff(Path.of(Shipped.quickstart()), folder);
    assertThat(run.out().lines())
        .singleElement()
        .asString()
        .startsWith("run.steps: 80 (")
        .contains("quickstart.conf:3) -> 3 (" + folder + "/experiment.conf:");
  }

  private CommandLineRun diff(Path a, Path b) {
    return CommandLineRun.of("config", "diff", a.toString(), b.toString());
  }

  private Path write(String name, String text) throws IOException {
    Path quickstart = Path.of(Shipped.quickstart());
    return Files.writeString(
        folder.resolve(name),
        "include required(\"" + folder.toAbsolutePath().relativize(quickstart) + "\")\n" + text);
  }
}
