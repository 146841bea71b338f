package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.ExperimentFiles;
import dev.kelpie.config.ExperimentText;
import dev.kelpie.config.KebabCase;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The experiment of a run, key by key, with what each key would be if nobody had said anything. */
final class ResolvedConfig {
  private ResolvedConfig() {}

  /**
   * As JSON: {@code text} (the file), {@code keys} of {@code key}, {@code value}, {@code default},
   * {@code changed}, {@code meaning}; {@code problem} where the file cannot be read.
   */
  static ObjectNode of(RunFolder folder) {
    ObjectNode node = Json.object();
    ArrayNode keys = node.putArray("keys");
    try {
      node.put("text", Files.readString(folder.experimentFile()));
      Experiment experiment = ExperimentFiles.load(folder.experimentFile(), List.of()).experiment();
      addKeys("", experiment, Experiment.DEFAULTS, keys);
    } catch (IOException | RuntimeException e) {
      node.put("problem", "experiment.conf: " + e.getMessage());
    }
    return node;
  }

  private static void addKeys(String path, Record values, Record defaults, ArrayNode keys) {
    Map<String, @Nullable Object> given = ExperimentText.components(values);
    Map<String, @Nullable Object> usual = ExperimentText.components(defaults);
    Map<String, String> meanings = meanings(values.getClass());
    given.forEach(
        (name, value) -> {
          String key = path.isEmpty() ? name : path + "." + name;
          Object otherwise = usual.get(name);
          if (value instanceof Record inner && otherwise instanceof Record innerDefaults) {
            addKeys(key, inner, innerDefaults, keys);
          } else {
            String meaning = meanings.getOrDefault(name, "");
            if (value instanceof Map<?, ?> blocks && !blocks.isEmpty()) {
              blocks.forEach((block, of) -> add(keys, key + "." + block, of, "", meaning));
            } else {
              add(keys, key, value, ExperimentText.value(otherwise), meaning);
            }
          }
        });
  }

  private static void add(
      ArrayNode keys, String key, @Nullable Object value, String usual, String meaning) {
    String text = ExperimentText.value(value);
    keys.addObject()
        .put("key", key)
        .put("value", text)
        .put("default", usual)
        .put("changed", !Objects.equals(text, usual))
        .put("meaning", meaning);
  }

  private static Map<String, String> meanings(Class<?> record) {
    Map<String, String> meanings = new HashMap<>();
    for (RecordComponent component : record.getRecordComponents()) {
      Doc doc = component.getAnnotation(Doc.class);
      if (doc != null) {
        meanings.put(KebabCase.of(component.getName()), doc.value());
      }
    }
    return meanings;
  }
}
