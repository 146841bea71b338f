package dev.kelpie.rollout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.model.ChatRequest;
import dev.kelpie.model.ChatRequest.End;
import dev.kelpie.model.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses the messages and tools of a row. Every key of a message is kept for the chat template;
 * what has no meaning for a model of text is refused.
 *
 * @param place file and line of the row
 */
record RowMessages(DataOptions data, String place) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Kinds of content parts that only models with eyes or ears understand. */
  private static final Set<String> MEDIA =
      Set.of(
          "image", "image_url", "audio", "audio_url", "input_audio", "video", "video_url", "file");

  /** The messages of {@code prompt}, the suffix behind the text of the last one of the user. */
  List<Message> parse(JsonNode prompt) {
    List<Message> messages = parse("prompt", data.prompt(), prompt);
    if (messages.isEmpty()) {
      throw new ConfigException(
          place + ": column " + data.prompt() + ": empty prompt (expected: text)");
    }
    return withSuffix(messages);
  }

  /** The messages of column {@code column}, which {@code data.KEY} names. */
  List<Message> parse(String key, String column, JsonNode list) {
    List<Message> messages = new ArrayList<>();
    list.forEach(message -> messages.add(message(key, column, message)));
    return messages;
  }

  private Message message(String key, String column, JsonNode message) {
    if (!message.path("role").isTextual() || message.size() < 2) {
      throw error(key, column, message, "messages of {role, content}, the role a string");
    }
    for (JsonNode part : message.path(Message.CONTENT)) {
      requireText(key, column, part);
    }
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    message.properties().forEach(entry -> values.put(entry.getKey(), value(entry.getValue())));
    return new Message(values);
  }

  private void requireText(String key, String column, JsonNode part) {
    String type = part.path("type").asText();
    Optional<String> media =
        MEDIA.stream().filter(kind -> kind.equals(type) || part.has(kind)).sorted().findFirst();
    if (media.isPresent()) {
      throw error(
          key, column, part, "parts of text, because the model does not take " + media.get());
    } else if (type.equals("text") && !part.path("text").isTextual()) {
      throw error(key, column, part, "a part {type: text, text: ...}");
    }
  }

  /** {@code messages} with the suffix behind the text of the last one of the user. */
  List<Message> withSuffix(List<Message> messages) {
    List<Message> all = new ArrayList<>(messages);
    for (int i = all.size() - 1; i >= 0 && !data.suffix().isEmpty(); i--) {
      Message message = all.get(i);
      if (message.role().equals("user")) {
        all.set(i, message.with(Message.CONTENT, withSuffix(message)));
        return all;
      }
    }
    return all;
  }

  /** The content with the suffix behind its text, or behind the text of its last part. */
  private Object withSuffix(Message message) {
    Object content = message.content().orElse("");
    if (content instanceof String text && message.content().isPresent()) {
      return text + data.suffix();
    } else if (content instanceof List<?> parts
        && !parts.isEmpty()
        && parts.get(parts.size() - 1) instanceof Map<?, ?> last
        && last.get("text") instanceof String text) {
      Map<Object, Object> changed = new LinkedHashMap<>(last);
      changed.put("text", text + data.suffix());
      List<Object> all = new ArrayList<>(parts);
      all.set(parts.size() - 1, changed);
      return all;
    }
    throw new ConfigException(
        place
            + ": data.suffix has no text to follow in the last user message (expected: content that"
            + " is a string or ends with a part of text)");
  }

  /** {@code messages} behind the system message of the row, if there is one. */
  List<Message> withSystem(List<Message> messages, Optional<String> system) {
    if (system.isEmpty()) {
      return messages;
    }
    Message first = new Message("system", system.get());
    if (messages.get(0).role().equals("system")) {
      if (messages.get(0).content().filter(system.get()::equals).isPresent()) {
        return messages;
      }
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "data.system: column %s holds another system message than the messages do (expected:"
                  + " one of them), %s",
              data.system(),
              place));
    }
    List<Message> all = new ArrayList<>(List.of(first));
    all.addAll(messages);
    return all;
  }

  /** What the template renders; {@code tools} is a list of schemas, as JSON or as text of JSON. */
  ChatRequest request(List<Message> messages, JsonNode tools) {
    return new ChatRequest(
        messages,
        tools.isMissingNode() || tools.isNull() ? null : schemas(tools),
        data.templateArguments().values(),
        data.continueFinalMessage() ? End.FINAL_MESSAGE : End.GENERATION_PROMPT);
  }

  private List<Object> schemas(JsonNode tools) {
    JsonNode list = tools;
    if (tools.isTextual()) {
      try {
        list = JSON.readTree(tools.asText());
      } catch (JsonProcessingException e) {
        throw error("tools", data.tools(), tools, "a list of JSON schemas");
      }
    }
    List<Object> schemas = new ArrayList<>();
    for (JsonNode schema : list) {
      if (schema.isObject()) {
        schemas.add(object(schema));
      }
    }
    if (!list.isArray() || schemas.size() < list.size()) {
      throw error("tools", data.tools(), tools, "a list of JSON schemas");
    }
    return schemas;
  }

  /** The object as a template sees it. */
  static Map<String, @Nullable Object> object(JsonNode object) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    object.properties().forEach(entry -> values.put(entry.getKey(), value(entry.getValue())));
    return values;
  }

  /** The value as a template sees it: whole numbers stay whole, keys keep their order. */
  private static @Nullable Object value(JsonNode node) {
    if (node.isObject()) {
      return object(node);
    } else if (node.isArray()) {
      List<@Nullable Object> items = new ArrayList<>();
      node.forEach(item -> items.add(value(item)));
      return items;
    } else if (node.isNull()) {
      return null;
    } else if (node.isBoolean()) {
      return node.booleanValue();
    } else if (node.isIntegralNumber()) {
      return node.canConvertToLong() ? (Object) node.longValue() : node.bigIntegerValue();
    }
    return node.isNumber() ? (Object) node.doubleValue() : node.asText();
  }

  private ConfigException error(String key, String column, JsonNode value, String expectation) {
    String shown = value.toString();
    return new ConfigException(
        String.format(
            Locale.ROOT,
            "data.%s: column %s holds %s (expected: %s), %s",
            key,
            column,
            shown.length() > 60 ? shown.substring(0, 57) + "..." : shown,
            expectation,
            place));
  }
}
