package dev.kelpie.files;

import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;

/**
 * The user's home in paths that no shell has expanded: {@code ~} and {@code ~/...}, where a shell
 * finds it, in {@code HOME}, else where the system's list of users has it. Homes of other users and
 * variables of the environment are refused.
 */
public final class HomeFolder {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{.*|\\$[A-Za-z_]\\w*(/.*)?");

  private HomeFolder() {}

  /**
   * Returns {@code path} with the home in place of its {@code ~}.
   *
   * @throws IllegalArgumentException what is wrong with the path, in the form {@code PATH
   *     (expected: ...)}
   */
  public static String expand(String path) {
    return expand(path, System.getenv(), System.getProperties());
  }

  static String expand(String path, Map<String, String> environment, Properties properties) {
    if (VARIABLE.matcher(path).matches()) {
      throw new IllegalArgumentException(
          path + " (expected: a path without variables; ~/ is the home folder)");
    }
    if (!path.startsWith("~")) {
      return path;
    }
    if (!path.equals("~") && !path.startsWith("~/")) {
      throw new IllegalArgumentException(
          path
              + " (expected: ~/ for your own home, or a path without ~; ./"
              + path
              + " is a file)");
    }
    String home = environment.getOrDefault("HOME", "");
    if (!Path.of(home).isAbsolute()) {
      home = properties.getProperty("user.home", "");
    }
    if (!Path.of(home).isAbsolute()) {
      throw new IllegalArgumentException(
          path
              + " (expected: a path without ~, because this user has no home and HOME is not set)");
    }
    return path.equals("~") ? home : Path.of(home).resolve(path.substring(2)).toString();
  }
}
