package dev.kelpie.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files that the processes of this machine have open, as far as this user may see them. A run
 * that lives has its journal open, so this tells a killed run from a living one without a trace of
 * it in the run folder.
 *
 * @param files empty where the system does not tell (it is read from {@code /proc})
 */
record OpenFiles(Optional<Set<Path>> files) {
  private static final Path PROCESSES = Path.of("/proc");

  /** As it is now. */
  static OpenFiles now() {
    if (!Files.isDirectory(PROCESSES.resolve("self/fd"))) {
      return new OpenFiles(Optional.empty());
    }
    Set<Path> files = new HashSet<>();
    for (Path process : children(PROCESSES, "\\d+")) {
      for (Path handle : children(process.resolve("fd"), "\\d+")) {
        try {
          files.add(Files.readSymbolicLink(handle));
        } catch (IOException e) {
          // closed meanwhile, or not ours to see
        }
      }
    }
    return new OpenFiles(Optional.of(files));
  }

  /** Whether a file below {@code folder} is open; empty when that cannot be known. */
  Optional<Boolean> anyBelow(Path folder) {
    return files.map(
        open -> {
          Path real = real(folder);
          return open.stream().anyMatch(file -> file.startsWith(real));
        });
  }

  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      return folder.toAbsolutePath();
    }
  }

  private static List<Path> children(Path folder, String name) {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.filter(path -> String.valueOf(path.getFileName()).matches(name)).toList();
    } catch (IOException e) {
      return List.of(); // the process has ended meanwhile, or is not ours to see
    }
  }
}
