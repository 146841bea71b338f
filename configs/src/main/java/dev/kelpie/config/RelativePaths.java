package dev.kelpie.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Path;
import java.util.Map;

/**
 * Makes every value called {@code path} absolute: written in a file it is relative to that file's
 * folder, given by -D to the working folder. An empty one stays empty.
 */
final class RelativePaths {
  private RelativePaths() {}

  static Config resolve(Config config) {
    return inside(config.root()).toConfig();
  }

  private static ConfigObject inside(ConfigObject object) {
    ConfigObject result = object;
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      ConfigValue value = entry.getValue();
      if (value instanceof ConfigObject inner) {
        result = result.withValue(entry.getKey(), inside(inner));
      } else if (entry.getKey().equals("path") && value.valueType() == ConfigValueType.STRING) {
        result = result.withValue("path", absolute((String) value.unwrapped(), value.origin()));
      }
    }
    return result;
  }

  private static ConfigValue absolute(String path, ConfigOrigin origin) {
    if (path.isEmpty()) {
      return ConfigValueFactory.fromAnyRef(path).withOrigin(origin);
    }
    String file = origin.filename();
    Path folder = file == null ? Path.of("") : Path.of(file).toAbsolutePath().resolveSibling("");
    String resolved = folder.toAbsolutePath().resolve(path).normalize().toString();
    return ConfigValueFactory.fromAnyRef(resolved).withOrigin(origin);
  }
}
