package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.cli.Shipped;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KelpieRunTest {
  private static final Path CONFIG = Path.of(Shipped.quickstart());
  private static final Map<String, String> SMALL =
      Map.of("run.steps", "50", "eval.path", "", "rollout.prompts-per-step", "4");

  @TempDir private Path folder = Path.of("");

  @Test
  void aProgramPausesARunFollowsItStopsItAndResumesIt() throws Exception {
    Path place = folder.resolve("run");
    List<Long> steps = new ArrayList<>();
    try (KelpieRun run = KelpieRun.start(CONFIG, SMALL, place)) {
      run.control().pause();
      assertThatThrownBy(() -> KelpieRun.start(CONFIG, SMALL, folder.resolve("other")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "a run is under way in this process (expected: one at a time; close it first)");
      assertThat(folder.resolve("other")).doesNotExist();
      awaitPhase(run, RunPhase.PAUSED);
      run.control().resume();
      RunSummary summary =
          run.follow(
              step -> {
                steps.add(step.step());
                if (step.step() == 2) {
                  run.control().stop();
                }
              });
      assertThat(summary.status()).isEqualTo(RunSummary.Status.STOPPED);
      assertThat(summary.steps()).isBetween(2L, 49L);
      assertThat(steps).first().isEqualTo(1L);
      assertThat(steps).last().isEqualTo(summary.steps());
      assertThat(steps).isSorted().doesNotHaveDuplicates();
      assertThat(run.view().progress().phase()).isEqualTo(RunPhase.DONE);
      List<TrajectoryGroup> groups = run.samples(1);
      assertThat(groups).hasSize(4).allSatisfy(group -> assertThat(group.members()).hasSize(8));
    }
    assertThat(place.resolve("summary.json")).content().contains("\"status\" : \"stopped\"");

    long last = steps.get(steps.size() - 1);
    List<StepMetrics> more = new ArrayList<>();
    try (KelpieRun run = KelpieRun.resume(place, Map.of("run.steps", String.valueOf(last + 2)))) {
      assertThat(run.follow(more::add).status()).isEqualTo(RunSummary.Status.FINISHED);
    }
    assertThat(more).extracting(StepMetrics::step).containsExactly(last + 1, last + 2);
  }

  @Test
  void whatIsWrongIsOneLineAndLeavesNothingBehind() throws IOException {
    Path place = folder.resolve("run");
    assertThatThrownBy(() -> KelpieRun.start(CONFIG, Map.of("run.stepz", "1"), place))
        .isInstanceOf(ConfigException.class)
        .hasMessage("run.stepz: unknown key (expected: steps?), -D");
    assertThat(place).doesNotExist();
    Files.createDirectory(place);
    assertThatThrownBy(() -> KelpieRun.start(CONFIG, SMALL, place))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("exists (expected: a new folder");
  }

  private static void awaitPhase(KelpieRun run, RunPhase phase) {
    while (run.view().progress().phase() != phase) {
      LockSupport.parkNanos(20_000_000);
    }
  }
}
