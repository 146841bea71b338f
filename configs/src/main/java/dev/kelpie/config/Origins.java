package dev.kelpie.config;

import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.nio.file.Path;

/**
 * Formats the place where a value was written: {@code configs/x.conf:14}, {@code -D}, {@code preset
 * grpo}.
 */
public final class Origins {
  private Origins() {}

  /** The place of a value; empty where none is known. */
  public static String of(ConfigValue value) {
    return of(value.origin());
  }

  public static String of(ConfigOrigin origin) {
    String file = origin.filename();
    if (file != null) {
      String shown = shown(Path.of(file));
      return origin.lineNumber() > 0 ? shown + ":" + origin.lineNumber() : shown;
    }
    String description = origin.description();
    boolean made = description.startsWith("merge of") || description.startsWith("withValue(");
    return made ? "" : description.replaceFirst(": \\d+$", "");
  }

  /** Relative to the working folder, if it lies below that folder. */
  public static String shown(Path file) {
    Path here = Path.of("").toAbsolutePath();
    Path there = file.toAbsolutePath().normalize();
    return (there.startsWith(here) ? here.relativize(there) : there).toString();
  }
}
