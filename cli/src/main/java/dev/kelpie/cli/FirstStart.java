package dev.kelpie.cli;

import ai.djl.util.Utils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The first start on a machine unpacks libtorch, which takes a while; a person should know why. */
final class FirstStart {
  private FirstStart() {}

  /** What to print before the native engine starts, if it will unpack its libraries first. */
  static Optional<String> notice() {
    Path cache = Utils.getEngineCacheDir("pytorch");
    return hasLibtorch(cache)
        ? Optional.empty()
        : Optional.of("unpacking libtorch to " + cache + " (first start only, some seconds) ...");
  }

  static boolean hasLibtorch(Path cache) {
    if (!Files.isDirectory(cache)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(cache, 2)) {
      return files.anyMatch(
          file -> file.getFileName().toString().matches("libtorch_cpu\\.(so|dylib)"));
    } catch (IOException e) {
      return false; // unpacking will meet the same obstacle and say so
    }
  }
}
