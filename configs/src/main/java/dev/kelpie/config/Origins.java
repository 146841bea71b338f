package dev.kelpie.config;

import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Formats the place where a value was written: {@code configs/x.conf:14}, {@code -D}, {@code preset
 * grpo}.
 */
public final class Origins {
  /** A block of several files: HOCON names them all, that whose keys win first. */
  private static final Pattern MERGED =
      Pattern.compile("merge of (.+?)(?:: (\\d+)(?:-\\d+)?)?(?:,.*)?");

  private Origins() {}

  /** The place of a value; empty where none is known. */
  public static String of(ConfigValue value) {
    return of(value.origin());
  }

  /** The place that an origin names; empty where it names none. */
  public static String of(ConfigOrigin origin) {
    Matcher merged = MERGED.matcher(origin.description());
    if (merged.matches()) {
      return merged.group(2) == null || !Path.of(merged.group(1)).isAbsolute()
          ? ""
          : shown(Path.of(merged.group(1))) + ":" + merged.group(2);
    }
    String file = origin.filename();
    if (file != null) {
      String shown = shown(Path.of(file));
      return origin.lineNumber() > 0 ? shown + ":" + origin.lineNumber() : shown;
    }
    String description = origin.description();
    return description.startsWith("withValue(") ? "" : description.replaceFirst(": \\d+$", "");
  }

  /** Relative to the working folder, if it lies below that folder. */
  public static String shown(Path file) {
    Path here = Path.of("").toAbsolutePath();
    Path there = file.toAbsolutePath().normalize();
    return (there.startsWith(here) ? here.relativize(there) : there).toString();
  }
}
