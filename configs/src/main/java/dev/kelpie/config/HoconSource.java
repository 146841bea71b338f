package dev.kelpie.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.nio.file.Files;
import java.nio.file.Path;

/** Parses experiment files, strictly: what HOCON is silent about is an error here. */
final class HoconSource {
  private HoconSource() {}

  static Config parse(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(
          file + ": no such file (expected: an experiment file, such as configs/quickstart.conf)");
    }
    try {
      return ConfigFactory.parseFile(
          file.toAbsolutePath().normalize().toFile(),
          ConfigParseOptions.defaults().setAllowMissing(false).setSyntax(ConfigSyntax.CONF));
    } catch (com.typesafe.config.ConfigException e) {
      throw failure(e);
    }
  }

  /** Typesafe's message without its own idea of the place, and with ours. */
  static ConfigException failure(com.typesafe.config.ConfigException e) {
    ConfigOrigin origin = e.origin();
    String message = String.valueOf(e.getMessage());
    if (origin == null) {
      return new ConfigException(message);
    }
    String bare =
        message.startsWith(origin.description() + ": ")
            ? message.substring(origin.description().length() + 2)
            : message;
    return new ConfigException(bare + ConfigException.behind(Places.of(origin)));
  }
}
