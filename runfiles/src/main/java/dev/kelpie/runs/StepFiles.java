package dev.kelpie.runs;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files {@code rollouts/step-N.arrow} of a run, by their step. */
public record StepFiles(TreeMap<Long, Path> files) {
  /**
   * Lists them.
   *
   * @param shown the run as messages call it
   * @throws ConfigException when there is none
   */
  public static StepFiles of(RunFolder folder, Path shown) {
    if (!Files.isDirectory(folder.root())) {
      throw new ConfigException(shown + ": no such folder (expected: a run folder)");
    }
    TreeMap<Long, Path> files = new TreeMap<>();
    if (Files.isDirectory(folder.rollouts())) {
      try (Stream<Path> paths = Files.list(folder.rollouts())) {
        paths.forEach(path -> stepOf(path).ifPresent(step -> files.put(step, path)));
      } catch (IOException e) {
        throw new ConfigException(shown + ": its rollouts cannot be listed: " + e.getMessage());
      }
    }
    if (files.isEmpty()) {
      throw new ConfigException(
          shown + ": no rollouts/step-N.arrow (expected: a run that has finished a step)");
    }
    return new StepFiles(files);
  }

  private static Optional<Long> stepOf(Path path) {
    String name = String.valueOf(path.getFileName());
    return name.matches("step-\\d{1,18}\\.arrow")
        ? Optional.of(Long.parseLong(name.replaceAll("\\D", "")))
        : Optional.empty();
  }

  public long newest() {
    return files.lastKey();
  }

  /** The file of {@code step}; an unknown step throws and names those there are. */
  public Path file(long step) {
    Path file = files.get(step);
    if (file == null) {
      throw new ConfigException(
          "--step: " + step + " (expected: " + ranges(List.copyOf(files.keySet())) + ")");
    }
    return file;
  }

  /** Numbers in order as people write them: {@code 1 to 4, 7}. */
  public static String ranges(List<Long> numbers) {
    List<String> ranges = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < numbers.size(); i++) {
      boolean last = i + 1 == numbers.size() || numbers.get(i + 1) != numbers.get(i) + 1;
      if (last) {
        ranges.add(
            from == i
                ? String.valueOf(numbers.get(i))
                : numbers.get(from) + (i == from + 1 ? ", " : " to ") + numbers.get(i));
        from = i + 1;
      }
    }
    return String.join(", ", ranges);
  }
}
