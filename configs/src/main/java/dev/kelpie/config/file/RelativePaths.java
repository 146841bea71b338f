package dev.kelpie.config.file;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Origins;
import dev.kelpie.files.HomeFolder;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Makes every value called {@code path} or {@code ...-path} absolute: written in a file it is
 * relative to that file's folder, given by -D to the working folder; {@code ~} is the user's home.
 * An empty one stays empty.
 */
final class RelativePaths {
  private RelativePaths() {}

  static Config resolve(Config config) {
    return inside(config.root(), "").toConfig();
  }

  private static ConfigObject inside(ConfigObject object, String above) {
    ConfigObject result = object;
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      ConfigValue value = entry.getValue();
      if (value instanceof ConfigObject inner) {
        result = result.withValue(entry.getKey(), inside(inner, above + entry.getKey() + "."));
      } else if (isPath(entry.getKey()) && value.valueType() == ConfigValueType.STRING) {
        result = result.withValue(entry.getKey(), absolute(value, above + entry.getKey()));
      }
    }
    return result;
  }

  private static boolean isPath(String key) {
    return key.equals("path") || key.endsWith("-path");
  }

  private static ConfigValue absolute(ConfigValue value, String key) {
    String path = (String) value.unwrapped();
    ConfigOrigin origin = value.origin();
    if (path.isEmpty()) {
      return value;
    }
    if (path.indexOf('\0') >= 0) {
      throw ConfigException.at(key, path, "a path without a NUL character", Origins.of(value));
    }
    try {
      String file = origin.filename();
      Path folder = file == null ? Path.of("") : Path.of(file).toAbsolutePath().resolveSibling("");
      Path resolved = folder.toAbsolutePath().resolve(HomeFolder.expand(path)).normalize();
      return ConfigValueFactory.fromAnyRef(resolved.toString()).withOrigin(origin);
    } catch (InvalidPathException e) {
      throw e; // of the locale, not of the experiment
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          key + ": " + e.getMessage() + ConfigException.behind(Origins.of(value)));
    }
  }
}
