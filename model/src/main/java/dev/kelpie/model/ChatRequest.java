package dev.kelpie.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a chat template renders.
 *
 * @param messages the conversation
 * @param tools JSON schemas of the functions that the model may call; null: the template sees none
 * @param arguments further variables of the template, such as {@code enable_thinking}
 * @param end how the text ends
 */
public record ChatRequest(
    List<Message> messages,
    @Nullable List<Object> tools,
    Map<String, @Nullable Object> arguments,
    End end) {
  /** The end of the rendered text. */
  public enum End {
    /** Behind the last message. */
    CONVERSATION,
    /** Behind what comes before the assistant's next words ({@code add_generation_prompt}). */
    GENERATION_PROMPT,
    /** Within the last message, behind its text ({@code continue_final_message}). */
    FINAL_MESSAGE
  }

  public ChatRequest {
    messages = List.copyOf(messages);
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments)); // null is a value
  }

  /** The same with other messages and another end. */
  public ChatRequest with(List<Message> newMessages, End newEnd) {
    return new ChatRequest(newMessages, tools, arguments, newEnd);
  }
}
