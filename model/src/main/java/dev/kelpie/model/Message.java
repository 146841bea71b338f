package dev.kelpie.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation, with every key that a chat template may look at: {@code role},
 * {@code content}, {@code name}, {@code tool_calls}, {@code reasoning_content} and any other.
 *
 * @param values null, booleans, numbers, strings, lists and maps by key, in the order of the row
 */
public record Message(Map<String, @Nullable Object> values) {
  /** The key of what is said. */
  public static final String CONTENT = "content";

  public Message {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * A message of text.
   *
   * @param role who speaks: system, user, assistant
   * @param content what they say
   */
  public Message(String role, String content) {
    this(ordered(role, content));
  }

  private static Map<String, @Nullable Object> ordered(String role, String content) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("role", role);
    values.put(CONTENT, content);
    return values;
  }

  /** Who speaks; empty if that is not a string. */
  public String role() {
    return values.get("role") instanceof String role ? role : "";
  }

  /** What is said: usually a string or a list of parts; empty if it is null or missing. */
  public Optional<Object> content() {
    return Optional.ofNullable(values.get(CONTENT));
  }

  /** The same with another value for {@code key}. */
  public Message with(String key, Object value) {
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(values);
    changed.put(key, value);
    return new Message(changed);
  }
}
