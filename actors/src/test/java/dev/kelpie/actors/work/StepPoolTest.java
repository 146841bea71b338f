package dev.kelpie.actors.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.AdvanceOptions;
import dev.kelpie.config.BranchOptions;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptVariant;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.SampleFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepPoolTest {
  private static final Map<String, PromptVariant> VARIANTS =
      Map.of(
          "long",
          new PromptVariant("again: 2+2", TokenIds.of(9, 8, 1)),
          "goal",
          new PromptVariant("wanted {score}: 2+2", TokenIds.empty()));

  @TempDir private Path root = Path.of("");
  private RunFolder folder = new RunFolder(Path.of(""));

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new RunFolder(root);
    Files.createDirectories(folder.rollouts());
  }

  /** The batch of a step of two groups of one response, scored by three models. */
  private static TrainingBatch batch(long step) {
    Trajectory first = trajectory(step, 0);
    Trajectory second = trajectory(step, 1);
    return new TrainingBatch(
        step,
        List.of(group(first), group(second)),
        Map.of(
            TrainingBatch.REFERENCE,
            Map.of(
                first.id(),
                PerToken.of(-1, (float) -step),
                second.id(),
                PerToken.of(-2, (float) -step)),
            "judge",
            Map.of(
                first.id(),
                PerToken.of(-3, (float) -step),
                second.id(),
                PerToken.of(-4, (float) -step)),
            "reference under long",
            Map.of(second.id(), PerToken.of(-5, (float) -step))));
  }

  private static Trajectory trajectory(long step, int index) {
    Prompt prompt =
        new Prompt("p" + index, "2+2", TokenIds.of(1), Optional.of("4"), Map.of())
            .withVariants(VARIANTS);
    return new Trajectory(
        new SampleId(new GroupId(Purpose.ROLLOUT, step, index), 0, 0),
        prompt,
        TokenIds.of(4, 2),
        "4",
        PerToken.of(-0.5f, -0.25f),
        PerToken.of(-0.5f, -0.25f),
        TokenVersions.of(0, 0),
        FinishReason.STOP,
        Origin.POLICY,
        new Sampling(1, 0, 1, 0, 8, false));
  }

  private static TrajectoryGroup group(Trajectory only) {
    return new TrajectoryGroup(
        only.id().group(),
        List.of(new ScoredTrajectory(only, new Score(1, Map.of("exact", 1f)))),
        List.of());
  }

  private StepPool pool(int epochs, List<Double> replay) {
    IterationOptions options =
        new IterationOptions(
            2, epochs, replay, AdvanceOptions.DEFAULTS, List.of(), BranchOptions.DEFAULTS);
    return new StepPool(options, 7, folder);
  }

  private void record(TrainingBatch batch) {
    new SampleFiles(folder.rollouts()).write(batch, Map.of(), Map.of());
  }

  @Test
  void aLaterEpochHasTheGroupsVariantsAndNumbersOfTheFirst() {
    record(batch(1));
    record(batch(2));
    // Steps 3 and 4 are the second epoch of steps 1 and 2.
    StepPool.Pool again = pool(2, List.of()).again(4);
    assertThat(again.batch().step()).isEqualTo(4);
    assertThat(again.batch().groups()).isEqualTo(batch(2).groups());
    assertThat(again.batch().numbers()).isEqualTo(batch(2).numbers());
    assertThat(again.replayed()).hasSize(2);
  }

  @Test
  void aReplayedGroupBringsItsNumbersByName() {
    record(batch(1));
    // Step 3 is the first of the second iteration; all groups of step 1 come with it.
    StepPool.Pool samples = pool(1, List.of(1.0)).of(batch(3));
    assertThat(samples.batch().groups()).hasSize(4);
    assertThat(samples.batch().numbers().keySet()).isEqualTo(batch(3).numbers().keySet());
    for (long step : List.of(1L, 3L)) {
      batch(step)
          .numbers()
          .forEach(
              (name, rows) ->
                  assertThat(samples.batch().numbers().get(name)).containsAllEntriesOf(rows));
    }
    assertThat(samples.batch().numbers().get("judge")).hasSize(4);
    assertThat(samples.batch().numbers().get("reference under long")).hasSize(2);
  }
}
