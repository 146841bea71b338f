package dev.kelpie.model.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.model.tokens.AddedToken.Place;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Bounds of {@code tokenizer.json}, checked before the tokenizer library sees it. */
final class TokenizerLimits {
  /** Largest id plus one; the largest vocabularies of today have 262,144 tokens. */
  static final int MOST_TOKENS = 1 << 20;

  /** The library compares each added token with all others. */
  static final int MOST_ADDED = 1 << 15;

  /** Characters of a regular expression or of a text that replaces another. */
  static final int MOST_PATTERN = 1024;

  static final int MOST_REPLACEMENT = 64;

  /** Steps of a normalizer, pre-tokenizer, decoder or post-processor. */
  static final int MOST_STEPS = 64;

  /** Characters of a compiled table of characters, in base 64. */
  static final int MOST_CHARSMAP = 4 << 20;

  /** Characters of a piece. */
  static final int MOST_PIECE = 4096;

  /** Characters of an added token; the time that the library takes grows with their square. */
  static final int MOST_ADDED_LENGTH = 1024;

  private final Path file;
  private int steps;
  private double growth = 1;

  private TokenizerLimits(Path file) {
    this.file = file;
  }

  /**
   * Checks the pipeline and the model.
   *
   * @throws dev.kelpie.model.architecture.CheckpointException naming the key
   */
  static void require(ObjectNode json, Path file) {
    for (String part : new String[] {"normalizer", "pre_tokenizer", "decoder", "post_processor"}) {
      TokenizerLimits limits = new TokenizerLimits(file);
      limits.walk(json.path(part), part);
    }
    requireAdded(json.path("added_tokens").size(), file);
    Map<String, Integer> vocabulary = vocabulary(json, file);
    Place place = new Place("model", file.toString());
    if (vocabulary.isEmpty()) {
      throw place.at("vocab").error(json.path("model").path("vocab"), "pieces");
    }
    JsonNode merges = json.path("model").path("merges");
    if (merges.size() > 2 * MOST_TOKENS) {
      throw place.at("merges").error(merges.size() + " entries", "at most " + 2 * MOST_TOKENS);
    }
  }

  /** Checks a number of added tokens. */
  static void requireAdded(int count, Path file) {
    if (count > MOST_ADDED) {
      throw new Place("added_tokens", file.toString())
          .error(count + " tokens", "at most " + MOST_ADDED);
    }
  }

  /** Checks the text of an added token. */
  static void requireLength(String content, Path file) {
    if (content.length() > MOST_ADDED_LENGTH) {
      throw new Place("added_tokens", file.toString())
          .error("a token of " + content.length() + " characters", "at most " + MOST_ADDED_LENGTH);
    }
  }

  /**
   * Checks all texts and numbers: the library ends the process on half of a surrogate pair and on a
   * number without end.
   */
  static void requireReadable(JsonNode node, String key, Path file) {
    Place place = new Place(key, file.toString());
    if (node.isTextual() && !isWhole(node.textValue())) {
      throw place.error(node, "no half of a surrogate pair");
    }
    if (node.isNumber() && !Double.isFinite(node.doubleValue())) {
      throw place.error(node, "a finite number");
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!isWhole(field.getKey())) {
        throw place.error(field.getKey(), "no half of a surrogate pair");
      }
      requireReadable(field.getValue(), key, file);
    }
    for (JsonNode item : node.isArray() ? node : List.<JsonNode>of()) {
      requireReadable(item, key, file);
    }
  }

  private static boolean isWhole(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  private void walk(JsonNode node, String key) {
    if (node.isObject()) {
      step(node, key);
    }
    if (node.isContainerNode() && key.length() < 500) {
      int i = 0;
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        walk(field.getValue(), key + "." + field.getKey());
      }
      for (JsonNode item : node.isArray() ? node : List.<JsonNode>of()) {
        walk(item, key + "." + i++);
      }
    }
  }

  private void step(JsonNode node, String key) {
    Place place = new Place(key, file.toString());
    if (node.path("type").isTextual() && ++steps > MOST_STEPS) {
      throw place.error("step " + steps, "at most " + MOST_STEPS + " steps");
    }
    requireLength(node, "Regex", MOST_PATTERN, place);
    requireLength(node, "String", MOST_PATTERN, place);
    requireLength(node, "prepend", MOST_REPLACEMENT, place);
    requireLength(node, "precompiled_charsmap", MOST_CHARSMAP, place);
    requireLength(node, "replacement", MOST_REPLACEMENT, place);
    if (node.path("type").asText().equals("Replace")) {
      requireLength(node, "content", MOST_REPLACEMENT, place);
      growth *= Math.max(1, node.path("content").asText().length());
    }
    if (growth > MOST_REPLACEMENT) {
      throw place.error(
          "texts that together grow by a factor of " + growth, "at most " + MOST_REPLACEMENT);
    }
  }

  private static void requireLength(JsonNode node, String key, int most, Place place) {
    int length = node.path(key).asText().length();
    if (length > most) {
      throw place.at(key).error(length + " characters", "at most " + most);
    }
  }

  /** The ids of the model's pieces, all in {@code [0, MOST_TOKENS)}. */
  static Map<String, Integer> vocabulary(ObjectNode json, Path file) {
    JsonNode vocabulary = json.path("model").path("vocab");
    Place place = new Place("model.vocab", file.toString());
    if (vocabulary.size() > MOST_TOKENS) {
      throw place.error(vocabulary.size() + " pieces", "at most " + MOST_TOKENS);
    }
    Map<String, Integer> ids = new HashMap<>();
    if (vocabulary.isArray()) { // Unigram: ids are places in the list
      for (int i = 0; i < vocabulary.size(); i++) {
        ids.put(piece(vocabulary.get(i).path(0).asText(), place), i);
      }
    } else {
      for (Map.Entry<String, JsonNode> field : vocabulary.properties()) {
        JsonNode id = field.getValue();
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
          throw place.at(piece(field.getKey(), place)).error(id, "an id");
        }
        if (id.intValue() >= MOST_TOKENS) {
          throw place.at(field.getKey()).error(id, "an id below " + MOST_TOKENS);
        }
        ids.put(piece(field.getKey(), place), id.intValue());
      }
    }
    return ids;
  }

  private static String piece(String text, Place place) {
    if (text.length() > MOST_PIECE) {
      throw place.error("a piece of " + text.length() + " characters", "at most " + MOST_PIECE);
    }
    return text;
  }

  /** The largest id of the model's pieces and of the tokens that the post-processor writes. */
  static int largestId(ObjectNode json, Path file) {
    JsonNode vocabulary = json.path("model").path("vocab");
    int largest =
        vocabulary.isArray()
            ? vocabulary.size() - 1
            : vocabulary(json, file).values().stream().mapToInt(Integer::intValue).max().orElse(-1);
    JsonNode processor = json.path("post_processor");
    Place place = new Place("post_processor", file.toString());
    for (JsonNode single : processor.findValues("single")) {
      requireText(single, place.at("single"));
    }
    for (JsonNode ids : processor.findValues("ids")) { // of a template
      for (JsonNode id : ids) {
        largest = Math.max(largest, written(id, place.at("ids")));
      }
    }
    for (String pair : List.of("cls", "sep")) { // of BERT and RoBERTa: a text and its id
      for (JsonNode token : processor.findValues(pair)) {
        largest = Math.max(largest, written(token.path(1), place.at(pair)));
      }
    }
    return largest;
  }

  private static int written(JsonNode id, Place place) {
    boolean bounded = id.isIntegralNumber() && id.canConvertToInt() && id.intValue() >= 0;
    if (!bounded || id.intValue() >= MOST_TOKENS) {
      throw place.error(id, "an id below " + MOST_TOKENS);
    }
    return id.intValue();
  }

  /** Checks that a template has the text: without it every prompt would be the same. */
  private static void requireText(JsonNode single, Place place) {
    List<String> sequences =
        single.findValues("Sequence").stream().map(one -> one.path("id").asText()).toList();
    if (single.isArray() && !(sequences.contains("A") && !sequences.contains("B"))) {
      throw place.error(single, "a template with the sequence A, which is the text, alone");
    }
  }
}
