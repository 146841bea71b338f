package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.OptionDocs;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.ExperimentText;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.RunInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The experiment of a run, key by key, each with its default and its meaning. */
final class ResolvedConfig {
  private static final int MOST_BYTES = 1 << 20;

  private ResolvedConfig() {}

  /**
   * As JSON: {@code text} (the file), {@code keys} of {@code key}, {@code value}, {@code default},
   * {@code changed}, {@code meaning}; {@code problem} where the file cannot be read.
   */
  static ObjectNode of(RunFolder folder) {
    ObjectNode node = Json.object();
    ArrayNode keys = node.putArray("keys");
    try {
      node.put("text", text(folder));
      Experiment experiment =
          ExperimentFiles.loadRecorded(folder.experimentFile(), List.of()).experiment();
      addKeys("", experiment, Experiment.DEFAULTS, keys);
    } catch (IOException | RuntimeException e) {
      node.put("problem", "experiment.conf: " + e.getMessage());
    }
    return node;
  }

  private static String text(RunFolder folder) throws IOException {
    byte[] text = RunInput.bytes(folder.root(), folder.experimentFile(), MOST_BYTES);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static void addKeys(String path, Record values, Record defaults, ArrayNode keys) {
    Map<String, @Nullable Object> given = ExperimentText.components(values);
    Map<String, @Nullable Object> usual = ExperimentText.components(defaults);
    Map<String, String> meanings = OptionDocs.of(values.getClass());
    given.forEach(
        (name, value) -> {
          String key = path.isEmpty() ? name : path + "." + name;
          String meaning = meanings.getOrDefault(name, "");
          Object otherwise = usual.get(name);
          if (value instanceof Record inner && otherwise instanceof Record innerDefaults) {
            addKeys(key, inner, innerDefaults, keys);
          } else if (value instanceof ConfigBlock block) {
            addBlock(key, block, meaning, keys);
          } else if (value instanceof Map<?, ?> blocks && !blocks.isEmpty()) {
            blocks.forEach(
                (of, block) -> addBlock(key + "." + of, (ConfigBlock) block, meaning, keys));
          } else {
            add(keys, key, value, ExperimentText.value(otherwise), meaning);
          }
        });
  }

  /** The block's type, and below it every option of that type. */
  private static void addBlock(String key, ConfigBlock block, String meaning, ArrayNode keys) {
    String type = block.type().orElse("");
    add(keys, key, block, "", meaning);
    TypedBlocks.all().stream()
        .filter(typed -> key.matches(typed.path().replace("NAME", ".*")))
        .flatMap(typed -> typed.options(type).stream())
        .forEach(
            options -> addKeys(key, (Record) block.bindKnown(options), (Record) options, keys));
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
}
