package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.OptionDocs;
import dev.kelpie.config.TypedBlock;
import dev.kelpie.config.file.ExperimentText;
import dev.kelpie.dashboard.TypedBlocks;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The meaning of every key of an experiment file, read from the option records: names and types
 * from their components, defaults from the preset that applies and their {@code DEFAULTS}, meanings
 * from {@link OptionDocs}.
 */
record Explanation(List<Section> sections) {
  private static final Map<Class<?>, String> TYPES =
      Map.ofEntries(
          Map.entry(int.class, "whole number"),
          Map.entry(long.class, "whole number"),
          Map.entry(double.class, "number"),
          Map.entry(OptionalInt.class, "whole number | none"),
          Map.entry(Integer.class, "whole number | none"),
          Map.entry(OptionalDouble.class, "number | none"),
          Map.entry(Double.class, "number | none"),
          Map.entry(boolean.class, "true | false"),
          Map.entry(Duration.class, "duration"),
          Map.entry(List.class, "list"),
          Map.entry(ConfigBlock.class, "block"),
          Map.entry(Map.class, "block"));

  /** One block, or one type of a block, in the order of the file. */
  record Section(String path, String title, List<Key> keys) {}

  /** One key. */
  record Key(String name, String defaultValue, String type, String meaning) {}

  Explanation {
    sections = List.copyOf(sections);
  }

  /** The common keys and the options of every catalog. */
  static Explanation ofEverything() {
    List<Section> sections = new ArrayList<>();
    PresetValues presets = new PresetValues();
    addRecord("", Experiment.DEFAULTS, presets, sections);
    TypedBlocks.all().forEach(block -> addTypes(block, presets, sections));
    return new Explanation(sections);
  }

  /** Keeps the keys whose full path starts with {@code path}. */
  Explanation startingWith(String path) {
    List<Section> kept = new ArrayList<>();
    for (Section section : sections) {
      List<Key> keys =
          section.keys().stream()
              .filter(key -> (section.path() + "." + key.name()).startsWith(path))
              .toList();
      if (!keys.isEmpty() || (!path.isEmpty() && section.path().startsWith(path))) {
        kept.add(new Section(section.path(), section.title(), keys));
      }
    }
    return new Explanation(kept);
  }

  /** Formats a table of key, default, type and meaning. */
  String text() {
    int name = width(Key::name);
    int value = width(Key::defaultValue);
    int type = Math.min(36, width(Key::type));
    String row = "  %-" + name + "s  %-" + value + "s  %-" + type + "s  %s";
    StringBuilder text = new StringBuilder();
    for (Section section : sections) {
      text.append(section.title()).append('\n');
      for (Key key : section.keys()) {
        String line =
            String.format(
                Locale.ROOT, row, key.name(), key.defaultValue(), key.type(), key.meaning());
        text.append(line.stripTrailing()).append('\n');
      }
      text.append('\n');
    }
    return text.toString();
  }

  private int width(Function<Key, String> part) {
    return sections.stream()
        .flatMap(section -> section.keys().stream())
        .mapToInt(key -> part.apply(key).length())
        .max()
        .orElse(1);
  }

  private static String joined(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static void addRecord(
      String path, Object defaults, PresetValues presets, List<Section> sections) {
    List<Key> keys = keys(path, "", defaults, presets);
    if (!keys.isEmpty()) {
      sections.add(new Section(path, path.isEmpty() ? "(top)" : path, keys));
    }
    for (Map.Entry<String, @Nullable Object> entry :
        ExperimentText.components(defaults).entrySet()) {
      if (entry.getValue() instanceof Record inner) {
        addRecord(joined(path, entry.getKey()), inner, presets, sections);
      }
    }
  }

  private static void addTypes(TypedBlock block, PresetValues presets, List<Section> sections) {
    String path = block.path();
    block
        .common()
        .ifPresent(
            options ->
                sections.add(
                    new Section(path, path + ", any type", keys(path, "", options, presets))));
    for (String name : block.catalog().names()) {
      Object options = block.catalog().defaults(name);
      sections.add(
          new Section(path, path + ", type = " + name, keys(path, name, options, presets)));
    }
  }

  /** The keys of the block at {@code path}; {@code of}: of its type of this name only. */
  private static List<Key> keys(String path, String of, Object defaults, PresetValues presets) {
    Map<String, @Nullable Object> values = ExperimentText.components(defaults);
    Map<String, String> meanings = OptionDocs.of(defaults.getClass());
    List<Key> keys = new ArrayList<>();
    for (RecordComponent component : defaults.getClass().getRecordComponents()) {
      if (!component.getType().isRecord()) {
        String name = KebabCase.of(component.getName());
        String full = joined(path, name);
        boolean block = component.getType() == ConfigBlock.class;
        String ofBlock = full.startsWith("algorithm.") ? "by preset" : "{}";
        String own = block ? ofBlock : ExperimentText.value(values.get(name));
        keys.add(
            new Key(
                name,
                of.isEmpty() ? presets.usual(full).orElse(own) : own,
                type(component.getType()),
                meanings.getOrDefault(name, "") + presets.byPreset(full, of, own)));
      }
    }
    return keys;
  }

  private static String type(Class<?> type) {
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(constant -> KebabCase.of((Enum<?>) constant))
          .collect(Collectors.joining(" | "));
    }
    return TYPES.getOrDefault(type, "text");
  }
}
