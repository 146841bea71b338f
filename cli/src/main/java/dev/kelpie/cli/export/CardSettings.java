package dev.kelpie.cli.export;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentText;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The settings of an experiment that are not the defaults, as HOCON, a key a line. A card is for
 * others: files are named without their folders, and addresses and the blocks about processes are
 * left out.
 */
public final class CardSettings {
  private static final Set<String> OF_A_MACHINE = Set.of("cluster", "dashboard", "tracking");

  private final Map<String, String> lines = new LinkedHashMap<>();

  private CardSettings() {}

  /** The same by key. */
  public static Map<String, String> values(Experiment experiment) {
    CardSettings settings = new CardSettings();
    settings.add("", experiment, Experiment.DEFAULTS);
    settings.lines.keySet().removeIf(key -> OF_A_MACHINE.contains(key.split("\\.", 2)[0]));
    return settings.lines;
  }

  static String of(Experiment experiment) {
    StringBuilder text = new StringBuilder();
    values(experiment)
        .forEach((key, value) -> text.append(key).append(" = ").append(value).append('\n'));
    return text.toString();
  }

  private void add(String path, @Nullable Object value, @Nullable Object usual) {
    if (value instanceof Record && usual instanceof Record) {
      Map<String, @Nullable Object> defaults = ExperimentText.components(usual);
      ExperimentText.components(value)
          .forEach((key, inner) -> add(joined(path, key), inner, defaults.get(key)));
    } else if (value instanceof Map<?, ?> blocks) {
      new TreeMap<>(blocks)
          .forEach((name, block) -> put(joined(path, String.valueOf(name)), block));
    } else if (!ExperimentText.value(value).equals(ExperimentText.value(usual))) {
      put(path, value);
    }
  }

  private void put(String path, @Nullable Object value) {
    lines.put(path, ExperimentText.value(withoutFolders(path, value)));
  }

  private static @Nullable Object withoutFolders(String key, @Nullable Object value) {
    if (value instanceof ConfigBlock block) {
      return withoutFolders(key, block.values());
    }
    if (value instanceof Record record) {
      return withoutFolders(key, ExperimentText.components(record));
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> kept = new LinkedHashMap<>();
      map.forEach(
          (name, inner) -> {
            if (!name.equals("url")) {
              kept.put(String.valueOf(name), withoutFolders(joined(key, "" + name), inner));
            }
          });
      return kept;
    }
    return value instanceof String text && key.matches("(.*[.-])?path") ? fileName(text) : value;
  }

  /** The last part of a path; for a snapshot of a Hugging Face cache, the name of the model. */
  static String fileName(String text) {
    try {
      Path path = Path.of(text);
      for (Path part : path) {
        if (part.toString().startsWith("models--")) {
          return part.toString().substring("models--".length()).replaceFirst("--", "/");
        }
      }
      Path name = path.getFileName();
      return name == null ? text : name.toString();
    } catch (InvalidPathException e) {
      return text;
    }
  }

  private static String joined(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
