package dev.kelpie.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** The experiments that come with Kelpie. */
public final class Shipped {
  private Shipped() {}

  /** Their folder. */
  public static Path configs() {
    Path configs = Path.of("..", "configs").toAbsolutePath().normalize();
    if (!Files.isRegularFile(configs.resolve("quickstart.conf"))) {
      throw new IllegalStateException(configs + " has no quickstart.conf");
    }
    return configs;
  }

  public static String quickstart() {
    return configs().resolve("quickstart.conf").toString();
  }
}
