package dev.kelpie.cli.check;

import com.typesafe.config.ConfigUtil;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.file.ExperimentText;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.dashboard.TypedBlocks;
import dev.kelpie.experience.RunFolder;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Every key of an experiment after presets and defaults, in the order of the file. */
final class ExperimentValues {
  private static final String NAME = "run.name";
  private static final String FROM_FILE = "the file's name";
  private static final String DEFAULT = "default";
  private static final String PLAIN = "[A-Za-z0-9_-]+";

  private final LoadedExperiment loaded;
  private final Map<String, Value> values = new LinkedHashMap<>();

  /**
   * A value.
   *
   * @param text as HOCON; files relative to the working folder
   * @param place file and line, -D, a preset or default
   */
  record Value(String text, String place) {
    boolean isDefault() {
      return place.equals(DEFAULT);
    }

    @Override
    public String toString() {
      return place.isEmpty() ? text : text + " (" + place + ")";
    }
  }

  private ExperimentValues(LoadedExperiment loaded) {
    this.loaded = loaded;
  }

  /**
   * The values by key.
   *
   * @throws dev.kelpie.config.ConfigException when an option of a typed block is wrong
   */
  static Map<String, Value> of(LoadedExperiment loaded) {
    ExperimentValues all = new ExperimentValues(loaded);
    all.addRecord("", loaded.experiment());
    return all.values;
  }

  /** Whether the experiment says nothing of its name, which is then that of its file. */
  static boolean isNamedAfterFile(LoadedExperiment loaded) {
    return loaded.origin(NAME).equals(Optional.of(FROM_FILE));
  }

  private void addRecord(String path, Object of) {
    ExperimentText.components(of).forEach((name, value) -> add(join(path, name), value));
  }

  private void add(String path, @Nullable Object value) {
    if (value instanceof Record inner) {
      addRecord(path, inner);
    } else if (value instanceof ConfigBlock block) {
      addBlock(path, block);
    } else if (value instanceof Map<?, ?> blocks) {
      blocks.entrySet().stream()
          .sorted(Map.Entry.comparingByKey((a, b) -> String.valueOf(a).compareTo((String) b)))
          .forEach(entry -> add(join(path, String.valueOf(entry.getKey())), entry.getValue()));
    } else {
      values.put(path, new Value(text(path, value), place(path)));
    }
  }

  /** The block's type, every option of that type, and what no catalog knows. */
  private void addBlock(String path, ConfigBlock block) {
    block.type().ifPresent(type -> add(join(path, "type"), type));
    options(path, block.type().orElse(""))
        .forEach(options -> addRecord(path, block.bindKnown(options)));
    block
        .values()
        .forEach(
            (name, value) -> {
              if (!values.containsKey(join(path, name))) {
                add(join(path, name), value);
              }
            });
  }

  private static Stream<Object> options(String path, String type) {
    return TypedBlocks.all().stream()
        .filter(typed -> path.matches(typed.path().replace(".", "\\.").replace("NAME", ".*")))
        .map(typed -> typed.options(type))
        .flatMap(List::stream);
  }

  private String place(String path) {
    return loaded.origin(path).orElse(DEFAULT);
  }

  private static String text(String path, @Nullable Object value) {
    String text = ExperimentText.value(value);
    if (!path.endsWith(".path") || text.equals("\"\"")) {
      return text;
    }
    try {
      return ConfigUtil.quoteString(RunFolder.shown(Path.of(String.valueOf(value))));
    } catch (InvalidPathException e) {
      return text;
    }
  }

  private static String join(String path, String name) {
    String key = name.matches(PLAIN) ? name : ConfigUtil.quoteString(name);
    return path.isEmpty() ? key : path + "." + key;
  }
}
