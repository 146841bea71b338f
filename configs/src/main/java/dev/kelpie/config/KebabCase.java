package dev.kelpie.config;

import java.util.Locale;

/** Converts Java names to the names in experiment files. */
public final class KebabCase {
  private KebabCase() {}

  /** {@code maxNewTokens} to {@code max-new-tokens}; digits stay with the letters before them. */
  public static String of(String camelCase) {
    return camelCase.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  /** {@code TRUNCATE_LEFT} to {@code truncate-left}. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
