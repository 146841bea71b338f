package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A disk in memory that is soon full, where the system lets us have one. */
final class SmallDisk {
  private SmallDisk() {}

  /** Mounts {@code mebibytes} at {@code folder}; false where that is not allowed. */
  static boolean mount(Path folder, int mebibytes) throws IOException, InterruptedException {
    return run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", folder.toString());
  }

  static void unmount(Path folder) throws IOException, InterruptedException {
    assertThat(run("umount", folder.toString())).as("umount " + folder).isTrue();
  }

  /** Copies a folder and all that is in it. */
  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (!Files.isDirectory(target)) {
          Files.copy(path, target);
        }
      }
    }
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false; // no such program here
    }
  }
}
