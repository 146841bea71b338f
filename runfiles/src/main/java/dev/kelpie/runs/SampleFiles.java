package dev.kelpie.runs;

import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.arrow.TrajectoryArrow;
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
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a run, one file a step, {@code step-N.arrow}. Only the folder's listing and the
 * few files that were read last are kept; a file is read when a page needs it.
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

  public SampleFiles(Path folder) {
    this.folder = folder;
  }

  /** The steps that have a file. */
  public synchronized NavigableSet<Long> steps() throws IOException {
    FileTime modified;
    try {
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

  /**
   * What step {@code step} consumed.
   *
   * @throws RuntimeException when its file is missing, torn or of another kind
   */
  public synchronized ScoredGroups read(long step) {
    ScoredGroups groups = recent.get(step);
    if (groups == null) {
      groups = TrajectoryArrow.readScored(folder.resolve("step-" + step + ".arrow"));
      recent.put(step, groups);
    }
    return groups;
  }
}
