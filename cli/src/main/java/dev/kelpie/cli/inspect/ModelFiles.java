package dev.kelpie.cli.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.model.ModelWarnings;
import dev.kelpie.model.architecture.ConfigReading;
import dev.kelpie.model.tokens.TokenizerJson;
import java.nio.file.Path;
import java.util.List;

/**
 * Adds what is made of each key of a model's JSON files: read, ignored because it is known to
 * change nothing, or unknown. A file that is refused is a problem.
 */
final class ModelFiles {
  private final Inspection seen;

  private ModelFiles(Inspection seen) {
    this.seen = seen;
  }

  /** Adds the files of {@code folder}. */
  static void add(Inspection seen, Path folder) {
    ModelFiles files = new ModelFiles(seen);
    ObjectNode facts = seen.facts().putObject("keys");
    seen.attempt(
        () -> ConfigReading.of(folder).forEach(reading -> files.addReading(facts, reading)));
    seen.attempt(() -> files.addTokenizer(facts, TokenizerJson.open(folder)));
    ArrayNode warnings = seen.facts().putArray("warnings");
    seen.attempt(
        () -> ModelWarnings.of(folder).forEach(line -> warnings.addObject().put("warning", line)));
  }

  private void addReading(ObjectNode facts, ConfigReading reading) {
    ArrayNode keys = facts.putArray(String.valueOf(reading.file().getFileName()));
    addKeys(keys, reading.read(), "read");
    addKeys(keys, reading.ignored(), "ignored");
    addKeys(keys, reading.unknown(), "unknown, not used");
    if (!reading.refusal().isEmpty()) {
      seen.problem(reading.refusal());
    }
  }

  private static void addKeys(ArrayNode target, List<String> keys, String what) {
    keys.forEach(key -> target.addObject().put("key", key).put("what", what));
  }

  private void addTokenizer(ObjectNode facts, TokenizerJson tokenizer) {
    addReading(facts, tokenizer.reading());
    ArrayNode others = facts.putArray("other files");
    for (TokenizerJson.Source source : tokenizer.sources()) {
      others.addObject().put("file", source.file()).put("what", source.use());
    }
    ObjectNode special = seen.facts().putObject("special-tokens");
    tokenizer.specialTokens().forEach(special::put);
  }
}
