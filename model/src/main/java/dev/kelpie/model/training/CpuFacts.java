package dev.kelpie.model.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What Linux says about the processor. */
public final class CpuFacts {
  private static final Path LINES = Path.of("/proc/cpuinfo");
  private static final int OF_ONE = 64; // lines; all its processors are alike

  private static final Pattern BLANKS = Pattern.compile("\\s+");

  private CpuFacts() {}

  /** The first lines of {@code /proc/cpuinfo}; none where there is no such file. */
  public static List<String> lines() {
    if (Files.isReadable(LINES)) {
      try (Stream<String> lines = Files.lines(LINES)) {
        return lines.limit(OF_ONE).toList();
      } catch (IOException e) {
        return List.of();
      }
    }
    return List.of();
  }

  /** The instructions that it has, by these lines. */
  static Set<String> instructions(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
        .flatMap(BLANKS::splitAsStream)
        .collect(Collectors.toSet());
  }
}
