package dev.kelpie.cli.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import com.typesafe.config.ConfigFactory;
import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.SmallExperiment;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepFileTest {
  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void writeExperiment() throws IOException {
    SmallExperiment.write(folder, "");
  }

  @Test
  void gridHasACellForEachCombinationAndItsLastKeyVariesFastest() throws IOException {
    SweepFile sweep =
        sweep(
            """
            grid {
              "algorithm.preset" = [grpo, dapo]
              learner.learning-rate = [1e-4, 0.0003, 1]
            }
            """);
    assertThat(sweep.cells())
        .extracting(Cell::name)
        .containsExactly(
            "preset=grpo,learning-rate=1e-4",
            "preset=grpo,learning-rate=3e-4",
            "preset=grpo,learning-rate=1",
            "preset=dapo,learning-rate=1e-4",
            "preset=dapo,learning-rate=3e-4",
            "preset=dapo,learning-rate=1");
    assertThat(sweep.cells().get(4).settings())
        .containsExactly(entry("algorithm.preset", "dapo"), entry("learner.learning-rate", "3e-4"));
    Experiment last = experiment(sweep, 4);
    assertThat(last.algorithm().preset()).isEqualTo("dapo");
    assertThat(last.learner().learningRate()).isEqualTo(0.0003);
  }

  @Test
  void keysThatEndAlikeKeepTheirPathsInTheName() throws IOException {
    assertThat(sweep("grid { learner.learning-rate = [1e-4], value.learning-rate = [1e-3] }"))
        .extracting(sweep -> sweep.cells().get(0).name())
        .isEqualTo("learner.learning-rate=1e-4,value.learning-rate=0.001");
  }

  @Test
  void blocksAreNamedAfterTheirTypeAndEqualNamesAreNumbered() throws IOException {
    SweepFile sweep =
        sweep(
            "grid { algorithm.loss = [{ type = gspo }, { type = gspo, clip-high = 0.3 }] },"
                + " seeds = [7]");
    assertThat(sweep.cells()).extracting(Cell::name).containsExactly("loss=gspo", "loss=gspo-2");
    assertThat(experiment(sweep, 1).algorithm().loss().values())
        .containsEntry("type", "gspo")
        .containsEntry("clip-high", 0.3);
  }

  @Test
  void listHasCellsByNameOverWhatAllCellsSet() throws IOException {
    SweepFile sweep =
        sweep(
            """
            set { run.steps = 3, learner.epochs = 2 }
            list = [
              { name = plain }
              { name = "twice", set { learner { epochs = 4 } } }
            ]
            """);
    assertThat(sweep.cells()).extracting(Cell::name).containsExactly("plain", "twice");
    assertThat(experiment(sweep, 0).learner().epochs()).isEqualTo(2);
    assertThat(experiment(sweep, 1).learner().epochs()).isEqualTo(4);
    assertThat(experiment(sweep, 1).run().steps()).isEqualTo(3);
  }

  @Test
  void withoutGridAndListThereIsOneCellWithTheSeedOfTheExperiment() throws IOException {
    SweepFile sweep = sweep("");
    assertThat(sweep.cells()).extracting(Cell::name).containsExactly("base");
    assertThat(sweep.seeds(sweep.load(sweep.cells().get(0), ConfigFactory.empty())))
        .containsExactly(1L);
  }

  @Test
  void stepsFollowFromSamples() throws IOException {
    SweepFile sweep = sweep("samples = 1280, grid { rollout.group-size = [8, 16] }");
    // 8 prompts x 8 responses: 1280 / 64 = 20 steps; 8 x 16: 1280 / 128 = 10
    assertThat(experiment(sweep, 0).run().steps()).isEqualTo(20);
    assertThat(experiment(sweep, 1).run().steps()).isEqualTo(10);
  }

  @Test
  void optionsGoBeforeWhatAllCellsSetAndRunsHaveNoPage() throws IOException {
    Path file = write("set { run.steps = 3 }");
    SweepFile sweep = SweepFile.read(file, List.of("run.steps=9"));
    assertThat(experiment(sweep, 0).run().steps()).isEqualTo(9);
    assertThat(experiment(sweep, 0).dashboard().enabled()).isFalse();
  }

  @Test
  void pathsAreTakenFromTheFolderOfTheSweepFile() throws IOException {
    Files.createDirectories(folder.resolve("sweeps"));
    Path file =
        Files.writeString(
            folder.resolve("sweeps/s.conf"),
            "experiment = \"../small.conf\", grid { eval.path = [\"../rows.jsonl\"] }");
    SweepFile sweep = SweepFile.read(file, List.of());
    assertThat(experiment(sweep, 0).eval().path()).isEqualTo(folder.resolve("rows.jsonl") + "");
    assertThat(sweep.cells().get(0).name()).isEqualTo("path=rows.jsonl");
    assertThat(sweep.name()).isEqualTo("s-sweep");
  }

  @Test
  void wrongValueOfACellIsReportedWithItsLine() throws IOException {
    SweepFile sweep = sweep("grid {\n  learner.epochs = [1, -1]\n}");
    assertThatThrownBy(() -> experiment(sweep, 1))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("learner.epochs: -1 (expected: at least 1), ")
        .hasMessageEndingWith("s.conf:3");
  }

  @Test
  void shippedSweepComparesPresetsAtEqualNumbersOfSamples() {
    SweepFile sweep = SweepFile.read(Shipped.configs().resolve("sweeps/presets.conf"), List.of());
    assertThat(sweep.cells()).extracting(Cell::name).contains("preset=dr-grpo", "ppo");
    for (int i = 0; i < sweep.cells().size(); i++) {
      Experiment cell = experiment(sweep, i);
      long perStep = (long) cell.rollout().promptsPerStep() * cell.rollout().groupSize();
      assertThat(cell.run().steps() * perStep).isEqualTo(5120);
    }
    // by its preset, which an aggregation of the quickstart would override
    assertThat(experiment(sweep, 1).algorithm().aggregation()).isNotEqualTo("token-mean");
  }

  private Experiment experiment(SweepFile sweep, int cell) {
    return sweep.load(sweep.cells().get(cell), ConfigFactory.empty()).experiment();
  }

  private SweepFile sweep(String more) throws IOException {
    return SweepFile.read(write(more), List.of());
  }

  private Path write(String more) throws IOException {
    return Files.writeString(
        folder.resolve("s.conf"), "experiment = small.conf, metric = reward/mean\n" + more);
  }
}
