package dev.kelpie.cli.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.architecture.ConfigReading;
import dev.kelpie.model.tokens.TokenizerJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Adds what is made of each key of a model's JSON files: read, ignored because it is known to
 * change nothing, or unknown. A file that is refused is a problem.
 */
final class ModelFiles {
  private final Inspection seen;
  private final Path folder;
  private final List<String> warnings = new ArrayList<>();

  private ModelFiles(Inspection seen, Path folder) {
    this.seen = seen;
    this.folder = folder;
  }

  /** Adds the files of {@code folder}. */
  static void add(Inspection seen, Path folder) {
    ModelFiles files = new ModelFiles(seen, folder);
    ObjectNode facts = seen.facts().putObject("keys");
    seen.attempt(
        () -> ConfigReading.of(folder).forEach(reading -> files.addReading(facts, reading)));
    seen.attempt(() -> files.addTokenizer(facts, TokenizerJson.open(folder)));
    seen.attempt(() -> files.warnings.addAll(ConfigReading.warnings(folder)));
    ArrayNode list = seen.facts().putArray("warnings");
    files.warnings.stream().distinct().forEach(line -> list.addObject().put("warning", line));
  }

  private void addReading(ObjectNode facts, ConfigReading reading) {
    ArrayNode keys = facts.putArray(String.valueOf(reading.file().getFileName()));
    addKeys(keys, reading.read(), "read");
    addKeys(keys, reading.ignored(), "ignored");
    addKeys(keys, reading.unknown(), "unknown, not used");
    warnings.addAll(reading.warnings());
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
    String eos = tokenizer.specialTokens().get("eos_token");
    Optional<Integer> id = eos == null ? Optional.empty() : tokenizer.id(eos);
    if (id.isPresent() && Files.exists(folder.resolve("config.json"))) {
      StopTokens stops = StopTokens.open(folder);
      if (!stops.contains(id.get())) {
        warnings.add(
            "eos_token: "
                + eos
                + " of the tokenizer has id "
                + id.get()
                + ", which does not end a response (ids that do: "
                + stops.ids()
                + ")");
      }
    }
  }
}
