package dev.kelpie.model;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Finds the reference numbers: some lie in the repository, most outside of it. */
public final class SharedFixtures {
  private SharedFixtures() {}

  /** The folder {@code fixtures/models/name}; skips the test where it is absent. */
  public static Path model(String name) {
    Path own = Path.of("src/test/resources/fixtures/models").resolve(name);
    if (Files.isDirectory(own)) {
      return own;
    }
    Path shared = Path.of(System.getProperty("kelpie.shared", "../../shared"));
    Path folder = shared.resolve("fixtures/models").resolve(name);
    Assumptions.assumeTrue(
        Files.isDirectory(folder), "no reference numbers at " + folder + " (kelpie.shared)");
    return folder;
  }
}
