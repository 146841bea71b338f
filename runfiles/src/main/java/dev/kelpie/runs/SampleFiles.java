package dev.kelpie.runs;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.files.InputFile;
import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableSet;

/**
 * {@code rollouts/step-N.arrow}: the samples that each step was trained on. Only the folder's
 * listing and the few files that were read last are kept in memory.
 */
public final class SampleFiles {
  private static final int FILES_KEPT = 8;

  private final Path folder;
  private final Map<Long, ScoredGroups> recent =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, ScoredGroups> eldest) {
          return size() > FILES_KEPT;
        }
      };
  private final StepFiles steps;

  /** The files in {@code rollouts}, the folder of a run. */
  public SampleFiles(Path rollouts) {
    this.folder = rollouts;
    this.steps = new StepFiles(rollouts, ".arrow");
  }

  /** Writes the samples of a step with what its update made of them. */
  public void write(
      TrainingBatch batch,
      Map<SampleId, PerToken> advantages,
      Map<SampleId, PerToken> policyLogprobs) {
    TrajectoryArrow.writeScored(
        file(batch.step()),
        new ScoredGroups(batch.groups(), batch.numbers(), advantages, policyLogprobs));
  }

  /** The file of step {@code step}. */
  public Path file(long step) {
    return folder.resolve("step-" + step + ".arrow");
  }

  /** The steps that have a file. */
  public NavigableSet<Long> steps() throws IOException {
    return steps.steps();
  }

  private void requireInside(Path file) {
    try {
      InputFile.requireInside(steps.run(), file);
    } catch (NoSuchFileException e) {
      throw new CorruptFileException(file + ": missing (expected: the samples of a step)", e);
    } catch (IOException e) {
      throw new CorruptFileException(file + ": " + RunInput.reason(e), e);
    }
  }

  /**
   * The samples that step {@code step} was trained on.
   *
   * @throws RuntimeException when its file is missing, torn or of another kind
   */
  public synchronized ScoredGroups read(long step) {
    ScoredGroups groups = recent.get(step);
    if (groups == null) {
      requireInside(file(step));
      groups = TrajectoryArrow.readScored(file(step));
      recent.put(step, groups);
    }
    return groups;
  }
}
