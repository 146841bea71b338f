package dev.kelpie.cli.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.files.InputFile;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.JsonFile;
import dev.kelpie.model.tokens.TokenizerJson;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What an export changes in the files beside the weights.
 *
 * @param template file of the chat template that replaces the policy's own
 * @param pad text of the padding token that replaces the policy's own
 */
record Changes(Optional<Path> template, Optional<String> pad) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_TEMPLATE_BYTES = 1 << 22;
  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  private static final String SPECIAL_TOKENS = "special_tokens_map.json";
  private static final String GENERATION_CONFIG = "generation_config.json";
  private static final String CONFIG = "config.json";
  private static final String STOPS = "eos_token_id";

  /**
   * Changes the files of the model folder {@code folder}.
   *
   * @throws ConfigException when the template is broken or the token is none of the tokenizer
   */
  void apply(Path folder) throws IOException {
    if (template.isPresent()) {
      replaceTemplate(folder, template.get());
    }
    if (pad.isPresent()) {
      replacePad(folder, pad.get());
    }
    writeStops(folder);
  }

  private static void replaceTemplate(Path folder, Path file) throws IOException {
    String text = text(file);
    try {
      ChatTemplate.of(file.toString(), text, Map.of());
    } catch (CheckpointException e) {
      throw new ConfigException("--chat-template: " + e.getMessage());
    }
    edit(folder.resolve(TOKENIZER_CONFIG), true, json -> json.remove("chat_template"));
    AtomicFile.write(folder.resolve("chat_template.jinja"), text);
  }

  private static String text(Path file) throws IOException {
    try {
      return InputFile.readText(file, MOST_TEMPLATE_BYTES);
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? "cannot be read" : e.getReason();
      throw new ConfigException("--chat-template: " + file + ": " + reason);
    }
  }

  private static void replacePad(Path folder, String token) throws IOException {
    int id = id(TokenizerJson.open(folder), token);
    edit(folder.resolve(TOKENIZER_CONFIG), true, json -> json.put("pad_token", token));
    edit(folder.resolve(SPECIAL_TOKENS), false, json -> json.put("pad_token", token));
    edit(folder.resolve(CONFIG), true, json -> json.put("pad_token_id", id));
    edit(folder.resolve(GENERATION_CONFIG), true, json -> json.put("pad_token_id", id));
  }

  private static int id(TokenizerJson tokenizer, String token) {
    Optional<Integer> added = tokenizer.id(token);
    if (added.isPresent()) {
      return added.get();
    }
    var vocabulary = tokenizer.json().at("/model/vocab");
    if (vocabulary.path(token).isInt()) {
      return vocabulary.path(token).intValue();
    }
    throw new ConfigException(
        "--pad-token: " + token + " (expected: a token of the policy's tokenizer)");
  }

  /** transformers ends a response only at tokens that generation_config.json names. */
  private static void writeStops(Path folder) throws IOException {
    int[] stops = StopTokens.open(folder).ids().toArray();
    if (stops.length == 0) {
      return;
    }
    edit(
        folder.resolve(GENERATION_CONFIG),
        true,
        json -> {
          if (json.hasNonNull(STOPS)) {
            return;
          }
          if (stops.length == 1) {
            json.put(STOPS, stops[0]);
          } else {
            ArrayNode all = json.putArray(STOPS);
            for (int id : stops) {
              all.add(id);
            }
          }
        });
  }

  /** Changes a JSON file; one that is missing stays so unless it is {@code needed}. */
  private static void edit(Path file, boolean needed, Edit edit) throws IOException {
    boolean there = Files.exists(file);
    if (!there && !needed) {
      return;
    }
    ObjectNode json =
        there ? JsonFile.read(file, JsonFile.SETTINGS_BYTES) : JSON.createObjectNode();
    ObjectNode before = json.deepCopy();
    edit.accept(json);
    if (!json.equals(before)) {
      AtomicFile.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }
  }

  private interface Edit {
    void accept(ObjectNode json);
  }
}
