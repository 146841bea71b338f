package dev.kelpie.rollout.rows;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.ConfigException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads rows: one JSON object each, in UTF-8. A column that nobody asked for is checked to be JSON
 * and skipped. As with Python's {@code json}, the last of two columns of one name counts, and
 * {@code NaN} and {@code Infinity} are legal; but not in a column that is used.
 *
 * <p>May be used from several threads.
 */
final class RowParser {
  private static final int MOST_DEPTH = 1000;

  /** Python reads no longer ones: {@code sys.int_info.default_max_str_digits}. */
  private static final int MOST_DIGITS = 4300;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MOST_DEPTH)
                  // Limited by the length of a line.
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();
  private static final ObjectMapper TREES = new ObjectMapper(JSON);

  private final Path file;
  private final RowColumns columns;
  private final boolean reduced;

  /**
   * Reads rows of {@code file}.
   *
   * @param reduced whether the rows have no other columns than those that are asked for
   */
  RowParser(Path file, RowColumns columns, boolean reduced) {
    this.file = file;
    this.columns = columns;
    this.reduced = reduced;
  }

  /** Reads the row in {@code length} bytes from {@code from} on, which are UTF-8. */
  Row parse(int line, byte[] bytes, int from, int length) {
    ObjectNode used = TREES.createObjectNode();
    Map<String, String> metadata = new LinkedHashMap<>();
    visit(
        line,
        bytes,
        from,
        length,
        (name, parser) -> {
          if (columns.used().contains(name)) {
            used.set(name, value(parser, name, line));
          } else if (columns.metadata().includes(name)) {
            addMetadata(metadata, name, parser, line);
          } else {
            parser.skipChildren();
          }
        });
    return new Row(file, line, used, metadata, () -> names(line, bytes, from, length));
  }

  /** The row again as JSON, with just the columns that were asked for. */
  byte[] reduce(int line, byte[] bytes, int from, int length) {
    if (reduced) {
      return Arrays.copyOfRange(bytes, from, from + length);
    }
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    try (JsonGenerator to = JSON.createGenerator(kept, JsonEncoding.UTF8)) {
      to.writeStartObject();
      visit(
          line,
          bytes,
          from,
          length,
          (name, parser) -> {
            if (columns.used().contains(name) || columns.metadata().includes(name)) {
              to.writeFieldName(name);
              copy(parser, to);
            } else {
              parser.skipChildren();
            }
          });
      to.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return kept.toByteArray();
  }

  private List<String> names(int line, byte[] bytes, int from, int length) {
    Map<String, Boolean> names = new LinkedHashMap<>();
    visit(
        line,
        bytes,
        from,
        length,
        (name, parser) -> {
          names.put(name, true);
          parser.skipChildren();
        });
    return new ArrayList<>(names.keySet());
  }

  /** Takes a column whose value begins at the parser's token, and moves to the value's end. */
  private interface Column {
    void accept(String name, JsonParser parser) throws IOException;
  }

  private void visit(int line, byte[] bytes, int from, int length, Column column) {
    // Jackson takes bytes that begin like this for another encoding.
    for (int i = from; i < from + Math.min(4, length); i++) {
      if (bytes[i] == 0) {
        throw error(line, "broken JSON: a byte 0 (expected: one object per line)");
      }
    }
    try (JsonParser parser = JSON.createParser(bytes, from, length)) {
      boolean object = parser.nextToken() == JsonToken.START_OBJECT;
      if (object) {
        String name = parser.nextFieldName();
        for (; name != null; name = parser.nextFieldName()) {
          parser.nextToken();
          column.accept(name, parser);
        }
      } else {
        parser.skipChildren();
      }
      if (parser.nextToken() != null) {
        throw error(line, "more than one JSON value (expected: one object per line)");
      }
      if (!object) {
        throw error(line, "not a JSON object (expected: one object per line)");
      }
    } catch (JsonEOFException e) {
      throw error(line, "cut short (expected: a whole JSON object per line)");
    } catch (StreamConstraintsException e) {
      throw error(line, "nested more than " + MOST_DEPTH + " deep (expected: at most that)");
    } catch (JsonProcessingException e) {
      // The parser takes NaN, and says so wherever it expects a value.
      String message = e.getOriginalMessage().replaceAll(" \\(or 'NaN'[^)]*\\)", "");
      if (message.contains("surrogate pair in field name")) {
        throw error(line, "half a surrogate pair in a name (expected: text that has an encoding)");
      }
      throw error(line, "broken JSON: " + message);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of bytes in memory
    }
  }

  private JsonNode value(JsonParser parser, String name, int line) throws IOException {
    JsonNode value = tree(parser, name, line);
    requireText(value, name, line);
    return value;
  }

  /** The value at the parser's token; a number at any depth keeps its text. */
  private JsonNode tree(JsonParser parser, String name, int line) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      ObjectNode object = TREES.createObjectNode();
      for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
        parser.nextToken();
        object.set(key, tree(parser, name, line));
      }
      return object;
    }
    if (token == JsonToken.START_ARRAY) {
      ArrayNode array = TREES.createArrayNode();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        array.add(tree(parser, name, line));
      }
      return array;
    }
    if (token == JsonToken.VALUE_STRING) {
      return TREES.getNodeFactory().textNode(parser.getText());
    }
    if (token.isNumeric()) {
      return new WrittenNumber(number(parser, name, line), token == JsonToken.VALUE_NUMBER_INT);
    }
    return TREES.readTree(parser);
  }

  /** The text of a number, no longer than Python reads one, and not {@code NaN}. */
  private String number(JsonParser parser, String name, int line) throws IOException {
    String text = parser.getText();
    if (text.length() > MOST_DIGITS) {
      throw error(
          line,
          String.format(
              Locale.ROOT,
              "column %s: a number of %s characters (expected: at most %s; or text)",
              name,
              text.length(),
              MOST_DIGITS));
    }
    if (!Character.isDigit(text.charAt(text.length() - 1))) {
      throw error(line, "column " + name + " holds " + text + " (expected: text or a number)");
    }
    return text;
  }

  private void addMetadata(Map<String, String> metadata, String name, JsonParser parser, int line)
      throws IOException {
    switch (parser.currentToken()) {
      case VALUE_NULL -> metadata.remove(name);
      case VALUE_STRING -> {
        String text = parser.getText();
        requireText(text, name, line);
        metadata.put(name, text);
      }
      default -> {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator to = JSON.createGenerator(json, JsonEncoding.UTF8)) {
          copyChecked(parser, to, name, line);
        }
        metadata.put(name, json.toString(StandardCharsets.UTF_8));
      }
    }
  }

  private void copyChecked(JsonParser parser, JsonGenerator to, String name, int line)
      throws IOException {
    int depth = 0;
    while (true) {
      JsonToken token = parser.currentToken();
      if (token == JsonToken.VALUE_STRING) {
        requireText(parser.getText(), name, line);
      }
      copyToken(parser, to);
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (depth == 0) {
        return;
      }
      parser.nextToken();
    }
  }

  /** Copies the value at the parser's token, numbers as they are written. */
  private static void copy(JsonParser parser, JsonGenerator to) throws IOException {
    int depth = 0;
    while (true) {
      copyToken(parser, to);
      JsonToken token = parser.currentToken();
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (depth == 0) {
        return;
      }
      parser.nextToken();
    }
  }

  private static void copyToken(JsonParser parser, JsonGenerator to) throws IOException {
    switch (parser.currentToken()) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> to.writeNumber(parser.getText());
      default -> to.copyCurrentEvent(parser);
    }
  }

  private void requireText(JsonNode value, String name, int line) {
    if (value.isTextual()) {
      requireText(value.textValue(), name, line);
    } else if (value.isContainerNode()) {
      value.forEach(part -> requireText(part, name, line));
    }
  }

  /** Refuses half a surrogate pair: no encoding has bytes for it, and no tokenizer takes it. */
  private void requireText(String text, String name, int line) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
        continue;
      }
      throw error(
          line,
          String.format(
              Locale.ROOT,
              "column %s: half a surrogate pair, \\u%04x, at character %s (expected: text that"
                  + " has an encoding; was it cut inside a character?)",
              name,
              (int) c,
              i + 1));
    }
  }

  private ConfigException error(int line, String problem) {
    return new ConfigException(file + ":" + line + ": " + problem);
  }
}
