package dev.kelpie.model.adapter;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which projections have an adapter, as PEFT's {@code target_modules} says it: a name is the last
 * part, or parts, of a module's path, a pattern is a regular expression of the whole path, and
 * {@code all-linear} is all of them.
 *
 * @param names the names; empty with a pattern
 * @param pattern the pattern, or {@code all-linear}; empty with names
 */
public record AdapterTargets(List<String> names, String pattern) {
  /** The pattern of all projections of the layers. */
  public static final String ALL = "all-linear";

  private static final Pattern PLAIN = Pattern.compile("[\\w.]+");

  public AdapterTargets {
    names = names.stream().sorted().distinct().toList();
  }

  /**
   * The targets as an experiment writes them: names, or one entry that is {@code all-linear} or a
   * pattern.
   *
   * @throws IllegalArgumentException for a pattern beside other entries, or one that is none
   */
  public static AdapterTargets of(List<String> entries) {
    if (entries.size() == 1 && !PLAIN.matcher(entries.get(0)).matches()) {
      return ofPattern(entries.get(0));
    }
    for (String entry : entries) {
      if (!PLAIN.matcher(entry).matches()) {
        throw new IllegalArgumentException(
            entry + " (expected: names of modules, or one pattern alone)");
      }
    }
    return new AdapterTargets(entries, "");
  }

  /** The modules whose whole path matches {@code pattern}. */
  public static AdapterTargets ofPattern(String pattern) {
    try {
      if (!pattern.equals(ALL) && Pattern.compile(pattern).pattern().isEmpty()) {
        throw new IllegalArgumentException("\"\" (expected: a regular expression)");
      }
      return new AdapterTargets(List.of(), pattern);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          pattern + ": " + e.getDescription() + " (expected: a regular expression)", e);
    }
  }

  /** Whether the entry {@code name} covers the module with the path {@code module}. */
  static boolean covers(String name, String module) {
    return module.equals(name) || module.endsWith("." + name);
  }

  /** Whether the module with the path {@code module}, one of a layer's projections, is covered. */
  boolean covers(String module) {
    return pattern.isEmpty()
        ? names.stream().anyMatch(name -> covers(name, module))
        : pattern.equals(ALL) || Pattern.matches(pattern, module);
  }
}
