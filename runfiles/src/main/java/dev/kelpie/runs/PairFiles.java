package dev.kelpie.runs;

import dev.kelpie.experience.TrainedPair;
import dev.kelpie.files.InputFile;
import dev.kelpie.wire.arrow.PairsArrow;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;

/**
 * {@code rollouts/step-N-pairs.arrow}: the pairs that each step of a loss over pairs was trained
 * on. The journal has each file's SHA-256.
 */
public record PairFiles(Path folder) {
  /** Writes the pairs of a step; the file's SHA-256. */
  public String write(long step, List<TrainedPair> pairs) {
    return PairsArrow.write(file(step), pairs).sha256();
  }

  /** The file of step {@code step}. */
  public Path file(long step) {
    return folder.resolve("step-" + step + "-pairs.arrow");
  }

  /** The steps that have a file; one whose samples made no pair has an empty file. */
  public NavigableSet<Long> steps() throws IOException {
    return new StepFiles(folder, "-pairs.arrow").steps();
  }

  /**
   * The pairs of a step; none when it has no file, because its loss was not one over pairs.
   *
   * @throws CorruptFileException when the file is torn or of another kind
   */
  public List<TrainedPair> read(long step) {
    Path file = file(step);
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      InputFile.requireInside(
          Objects.requireNonNullElse(folder.toAbsolutePath().getParent(), folder), file);
    } catch (IOException e) {
      throw new CorruptFileException(file + ": " + RunInput.reason(e), e);
    }
    return PairsArrow.read(file);
  }
}
