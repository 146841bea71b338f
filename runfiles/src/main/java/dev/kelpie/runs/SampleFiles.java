package dev.kelpie.runs;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.files.InputFile;
import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code rollouts/step-N.arrow}: the samples that each step was trained on. Only the folder's
 * listing and the few files that were read last are kept in memory.
 */
public final class SampleFiles {
  private static final Pattern NAME = Pattern.compile("step-(\\d{1,18})\\.arrow");
  private static final int FILES_KEPT = 8;

  private final Path folder;
  private final Map<Long, ScoredGroups> recent =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, ScoredGroups> eldest) {
          return size() > FILES_KEPT;
        }
      };
  private NavigableSet<Long> steps = Collections.emptyNavigableSet();
  private @Nullable FileTime listed;

  /** The files in {@code rollouts}, the folder of a run. */
  public SampleFiles(Path rollouts) {
    this.folder = rollouts;
  }

  /** Writes the samples of a step with their advantages. */
  public void write(TrainingBatch batch, Map<SampleId, PerToken> advantages) {
    TrajectoryArrow.writeScored(
        file(batch.step()), batch.groups(), batch.referenceLogprobs(), advantages);
  }

  private Path file(long step) {
    return folder.resolve("step-" + step + ".arrow");
  }

  /** The steps that have a file. */
  public synchronized NavigableSet<Long> steps() throws IOException {
    FileTime modified;
    try {
      FileTree.requireInside(run(), folder);
      modified = Files.getLastModifiedTime(folder);
    } catch (NoSuchFileException e) {
      return Collections.emptyNavigableSet();
    }
    if (!modified.equals(listed)) {
      steps = list();
      listed = modified;
    }
    return steps;
  }

  private NavigableSet<Long> list() throws IOException {
    NavigableSet<Long> found = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(
          file -> {
            Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
            if (name.matches()) {
              found.add(Long.parseLong(name.group(1)));
            }
          });
    } catch (NotDirectoryException e) {
      return found;
    }
    return found;
  }

  private Path run() {
    return Objects.requireNonNullElse(folder.toAbsolutePath().getParent(), folder);
  }

  private void requireInside(Path file) {
    try {
      InputFile.requireInside(run(), file);
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
