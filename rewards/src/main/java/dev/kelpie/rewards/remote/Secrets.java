package dev.kelpie.rewards.remote;

import dev.kelpie.config.ConfigException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keys of servers, from the variables that an experiment names; never part of a message. */
final class Secrets {
  /** Gives the value of an environment variable, or null. */
  interface Environment {
    @Nullable String get(String name);
  }

  private Secrets() {}

  /**
   * The key in the variable {@code name}; none for an empty name.
   *
   * @param block the block that names it, such as {@code models.judge}
   * @throws ConfigException when the variable is not set, or its text cannot be a key
   */
  static Optional<String> key(String block, String name, Environment environment) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    String value = environment.get(name);
    if (value == null || value.isBlank()) {
      throw new ConfigException(
          block
              + ".api-key-env: "
              + name
              + " is not set (expected: an environment variable with the key)");
    }
    String key = value.strip();
    if (!key.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new ConfigException(
          block
              + ".api-key-env: the text of "
              + name
              + " has blanks, line ends or letters beyond ASCII (expected: a key)");
    }
    return Optional.of(key);
  }
}
