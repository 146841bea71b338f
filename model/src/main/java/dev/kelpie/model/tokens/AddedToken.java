package dev.kelpie.model.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.model.architecture.CheckpointException;
import java.util.Map;
import java.util.Set;

/**
 * A token that is found in the text before the model's own pieces are.
 *
 * @param content its text
 * @param singleWord only between characters that belong to no word
 * @param lstrip takes the white space before it
 * @param rstrip takes the white space behind it
 * @param normalized looked for in the normalised text
 * @param special left out of decoded text on request
 */
record AddedToken(
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {
  private static final Set<String> KEYS =
      Set.of("content", "single_word", "lstrip", "rstrip", "normalized", "special", "__type", "id");

  /** A special token without any other property. */
  static AddedToken special(String content) {
    return new AddedToken(content, false, false, false, false, true);
  }

  /** The same as a special token. */
  AddedToken asSpecial() {
    return new AddedToken(content, singleWord, lstrip, rstrip, normalized, true);
  }

  /**
   * Reads the object {@code node}.
   *
   * @param place key and file, for messages
   * @param special counts as special whatever the object says
   */
  static AddedToken of(JsonNode node, boolean special, Place place) {
    if (!node.isObject() || !node.path("content").isTextual()) {
      throw place.error(node, "an object with content, a string");
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!KEYS.contains(field.getKey())) {
        throw place.error(field.getKey(), "a property of a token: " + String.join(", ", names()));
      }
    }
    boolean marked = special || flag(node, "special", false, place);
    return new AddedToken(
        node.get("content").textValue(),
        flag(node, "single_word", false, place),
        flag(node, "lstrip", false, place),
        flag(node, "rstrip", false, place),
        flag(node, "normalized", !marked, place),
        marked);
  }

  /** As {@code tokenizer.json} has it. */
  ObjectNode toJson(int id) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", id)
        .put("content", content)
        .put("single_word", singleWord)
        .put("lstrip", lstrip)
        .put("rstrip", rstrip)
        .put("normalized", normalized)
        .put("special", special);
  }

  private static Iterable<String> names() {
    return KEYS.stream().filter(key -> !key.startsWith("_")).sorted().toList();
  }

  private static boolean flag(JsonNode node, String key, boolean absent, Place place) {
    JsonNode value = node.path(key);
    if (value.isMissingNode()) {
      return absent;
    }
    if (!value.isBoolean()) {
      throw place.at(key).error(value, "true or false");
    }
    return value.booleanValue();
  }

  /**
   * Where in which file something is, for messages.
   *
   * @param key dotted path of keys
   * @param file path of the file
   */
  record Place(String key, String file) {
    Place at(Object inner) {
      return new Place(key + "." + inner, file);
    }

    /** {@code key: value (expected: expectation), file}; a long value is cut. */
    CheckpointException error(Object value, String expectation) {
      boolean missing = value instanceof JsonNode node && node.isMissingNode();
      String shown = missing ? "missing" : String.valueOf(value);
      return CheckpointException.of(
          "%s: %s (expected: %s), %s",
          key, shown.length() > 80 ? shown.substring(0, 80) + "..." : shown, expectation, file);
    }
  }
}
