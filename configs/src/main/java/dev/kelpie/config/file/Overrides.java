package dev.kelpie.config.file;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValueFactory;
import dev.kelpie.config.ConfigException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Values given on the command line as {@code key=value}. Numbers, booleans, lists, blocks, quoted
 * text and substitutions are HOCON; anything else is text as it is written, so that paths and
 * patterns need no quotes.
 */
final class Overrides {
  static final String ORIGIN = "-D";

  private static final Pattern HOCON =
      Pattern.compile("true|false|null|-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?|[\\[{\"].*|.*\\$\\{.*");

  private Overrides() {}

  /** Parses all overrides; a later one wins. */
  static Config parse(List<String> overrides) {
    Config all = ConfigFactory.empty();
    for (String override : overrides) {
      all = parse(override).withFallback(all);
    }
    return all;
  }

  private static Config parse(String override) {
    int equals = override.indexOf('=');
    if (equals < 1) {
      throw new ConfigException(
          "-D " + override + " (expected: -D key=value, such as -D run.steps=20)");
    }
    String key = override.substring(0, equals).strip();
    String value = override.substring(equals + 1).strip();
    try {
      if (HOCON.matcher(value).matches()) {
        return ConfigFactory.parseString(
            key + " = " + value, ConfigParseOptions.defaults().setOriginDescription(ORIGIN));
      }
      ConfigUtil.splitPath(key);
      // Blocks above the value are from -D, too.
      return ConfigFactory.parseString(
              key + " = \"\"", ConfigParseOptions.defaults().setOriginDescription(ORIGIN))
          .withValue(key, ConfigValueFactory.fromAnyRef(value, ORIGIN));
    } catch (com.typesafe.config.ConfigException e) {
      throw new ConfigException(
          "-D " + override + " (expected: -D key=value with a HOCON value): " + e.getMessage());
    }
  }
}
