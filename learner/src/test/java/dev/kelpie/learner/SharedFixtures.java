package dev.kelpie.learner;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Finds the reference numbers, which lie outside the repository. */
final class SharedFixtures {
  private SharedFixtures() {}

  /** The folder {@code fixtures/models/name}; skips the test where it is absent. */
  static Path model(String name) {
    return find("fixtures/models/" + name);
  }

  private static Path find(String path) {
    Path folder = Path.of(System.getProperty("kelpie.shared", "../../shared")).resolve(path);
    Assumptions.assumeTrue(
        Files.isDirectory(folder), "no reference numbers at " + folder + " (kelpie.shared)");
    return folder;
  }
}
