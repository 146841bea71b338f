package dev.kelpie.runs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Journals that processes of this machine have open for writing, as far as this user may see them.
 * A running run has its own open, which distinguishes it from a killed one without a mark in the
 * run folder.
 *
 * @param segments journal files; empty where the system does not tell (it is read from {@code
 *     /proc})
 */
public record OpenJournals(Optional<Set<Path>> segments) {
  private static final Path PROCESSES = Path.of("/proc");
  private static final String FLAGS = "flags:";
  private static final int WRITES = 3; // write only is 1, read and write 2

  /** The journals that are open now. */
  public static OpenJournals now() {
    if (!Files.isDirectory(PROCESSES.resolve("self/fd"))) {
      return new OpenJournals(Optional.empty());
    }
    Set<Path> segments = new HashSet<>();
    for (Path process : children(PROCESSES)) {
      for (Path handle : children(process.resolve("fd"))) {
        try {
          Path file = Files.readSymbolicLink(handle);
          if (Journal.isSegment(file) && writes(process, handle)) {
            segments.add(file);
          }
        } catch (IOException e) {
          // closed meanwhile, or of another user
        }
      }
    }
    return new OpenJournals(Optional.of(segments));
  }

  /**
   * Whether {@code handle} is open for writing: a run is not running because its journal is read.
   */
  private static boolean writes(Path process, Path handle) throws IOException {
    return Files.readAllLines(process.resolve("fdinfo").resolve(handle.getFileName())).stream()
        .filter(line -> line.startsWith(FLAGS))
        .anyMatch(
            line -> (Long.parseLong(line.substring(FLAGS.length()).strip(), 8) & WRITES) != 0);
  }

  /** Whether a journal in {@code events} is open; empty where the system does not tell. */
  Optional<Boolean> anyIn(Path events) {
    return segments.map(
        open -> {
          Path real = real(events);
          return open.stream().anyMatch(file -> real.equals(file.getParent()));
        });
  }

  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      return folder.toAbsolutePath();
    }
  }

  /** Entries whose name is a number: processes, or the handles of one. */
  private static List<Path> children(Path folder) {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.filter(path -> String.valueOf(path.getFileName()).matches("\\d+")).toList();
    } catch (IOException e) {
      return List.of(); // the process has ended meanwhile, or is of another user
    }
  }
}
