package dev.kelpie.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataForm;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.NearestName;
import dev.kelpie.model.ChatRequest;
import dev.kelpie.model.Message;
import dev.kelpie.rollout.rows.Row;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A row of a data set, its columns named by the {@code data} block. */
record PromptRow(Row row, DataOptions data) {
  /** The columns that a row is read for; all others are its metadata or skipped. */
  static Set<String> columns(DataOptions data) {
    Set<String> columns = new HashSet<>(GivenRow.columns(data));
    columns.addAll(List.of(data.prompt(), data.answer(), data.id()));
    columns.add(data.system());
    columns.add(data.tools());
    columns.remove("");
    return columns;
  }

  /** The id column, or FILE:LINE where none is named. */
  String id() {
    if (data.id().isEmpty()) {
      return row.file().getFileName() + ":" + row.line();
    }
    JsonNode id = column("id", data.id());
    if (!id.isTextual() && !id.isIntegralNumber()) {
      throw error("id", data.id(), id, "a string or a whole number");
    }
    return id.asText();
  }

  /** Whether the prompt is a list of messages. */
  boolean isConversation() {
    return column("prompt", data.prompt()).isArray();
  }

  /** The prompt as text, the suffix behind it. */
  String text() {
    JsonNode prompt = column("prompt", data.prompt());
    if (!prompt.isTextual()) {
      throw error(
          "prompt", data.prompt(), prompt, "a string, or with data.chat a list of messages");
    }
    if (prompt.asText().isBlank()) {
      throw new ConfigException(
          place() + ": column " + data.prompt() + ": empty prompt (expected: text)");
    }
    return prompt.asText() + data.suffix();
  }

  /**
   * What the chat template renders: the messages, with the suffix, the system message and tools.
   */
  ChatRequest conversation() {
    RowMessages messages = new RowMessages(data, place());
    List<Message> all =
        isConversation()
            ? messages.parse(column("prompt", data.prompt()))
            : List.of(new Message("user", text()));
    return messages.request(
        messages.withSystem(all, system()),
        data.tools().isEmpty() ? MissingNode.getInstance() : column("tools", data.tools()));
  }

  /** The system message of the column that {@code data.system} names, unless it is empty here. */
  Optional<String> system() {
    if (data.system().isEmpty()) {
      return Optional.empty();
    }
    JsonNode system = row.value(data.system()).orElse(MissingNode.getInstance());
    if (!system.isTextual() && !system.isNull() && !system.isMissingNode()) {
      throw error("system", data.system(), system, "a string");
    }
    return Optional.of(system.asText()).filter(text -> !text.isEmpty() && system.isTextual());
  }

  /** The answer column as text, if one is named. */
  Optional<String> answer() {
    boolean optional = data.form() != DataForm.PROMPTS && !has(data.answer());
    if (data.answer().isEmpty() || optional) {
      return Optional.empty();
    }
    JsonNode answer = column("answer", data.answer());
    if (!answer.isTextual() && !answer.isNumber() && !answer.isBoolean()) {
      throw error("answer", data.answer(), answer, "a string or a number");
    }
    return Optional.of(answer.asText());
  }

  /** Those of all other columns that are kept: strings as they are, other values as JSON. */
  Map<String, String> metadata() {
    return row.metadata();
  }

  /** File and line of the row. */
  String place() {
    return row.place();
  }

  /** Whether the row has a value in column {@code name}. */
  boolean has(String name) {
    return row.value(name).filter(value -> !value.isNull()).isPresent();
  }

  /** The value of column {@code name}, which {@code data.KEY} names. */
  JsonNode column(String key, String name) {
    return columnOf("data." + key, name);
  }

  /**
   * The value of the column {@code name}.
   *
   * @param path the key that names it
   * @throws ConfigException if the row has none
   */
  JsonNode columnOf(String path, String name) {
    Optional<JsonNode> value = row.value(name);
    if (value.isPresent()) {
      return value.get();
    }
    throw new ConfigException(
        String.format(
            Locale.ROOT,
            "%s: %s (expected: a column: %s%s), %s",
            path,
            name,
            NearestName.expectation(name, row.namesFor(name)),
            path.equals("data.answer") || path.equals("data.id") ? "; or \"\" for none" : "",
            place()));
  }

  /** What is wrong with the value of a column that {@code data.KEY} names. */
  ConfigException error(String key, String name, JsonNode value, String expectation) {
    return error("data." + key, name, value, expectation, place());
  }

  /** An exception: what the column {@code name} holds, and what was expected. */
  static ConfigException error(
      String path, String name, JsonNode value, String expectation, String place) {
    String shown = value.toString();
    return new ConfigException(
        String.format(
            Locale.ROOT,
            "%s: column %s holds %s (expected: %s), %s",
            path,
            name,
            shown.length() > 60 ? shown.substring(0, 57) + "..." : shown,
            expectation,
            place));
  }
}
