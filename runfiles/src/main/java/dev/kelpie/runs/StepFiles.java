package dev.kelpie.runs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The steps that have a file of one kind in {@code rollouts}; listed again when it has changed. */
final class StepFiles {
  private final Path folder;
  private final Pattern name;
  private NavigableSet<Long> steps = Collections.emptyNavigableSet();
  private @Nullable FileTime listed;

  /**
   * @param suffix what follows the step in a file's name
   */
  StepFiles(Path rollouts, String suffix) {
    this.folder = rollouts;
    this.name = Pattern.compile("step-(\\d{1,18})" + Pattern.quote(suffix));
  }

  /** The run folder. */
  Path run() {
    return Objects.requireNonNullElse(folder.toAbsolutePath().getParent(), folder);
  }

  synchronized NavigableSet<Long> steps() throws IOException {
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
            Matcher matched = name.matcher(String.valueOf(file.getFileName()));
            if (matched.matches()) {
              found.add(Long.parseLong(matched.group(1)));
            }
          });
    } catch (NotDirectoryException e) {
      return found;
    }
    return found;
  }
}
