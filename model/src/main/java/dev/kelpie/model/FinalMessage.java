package dev.kelpie.model;

import dev.kelpie.model.architecture.CheckpointException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The last message of a conversation whose text the model continues, as transformers' {@code
 * continue_final_message} does it: the text is marked, the conversation rendered, and the rendered
 * text cut at the mark.
 *
 * @param text the text to continue
 * @param marked the conversation with the mark behind it
 */
record FinalMessage(String text, List<Message> marked) {
  private static final String MARK = "CONTINUE_FINAL_MESSAGE_TAG ";

  /** Marks the last message's content, which is a string or has a text part. */
  static FinalMessage of(List<Message> messages) {
    if (messages.isEmpty()) {
      throw new CheckpointException("the conversation is empty (expected: a message to continue)");
    }
    Message last = messages.get(messages.size() - 1);
    Object content = last.content().orElse("");
    List<Message> marked = new ArrayList<>(messages);
    if (content instanceof String text && last.content().isPresent()) {
      marked.set(messages.size() - 1, last.with(Message.CONTENT, text + MARK));
      return new FinalMessage(text, marked);
    } else if (content instanceof List<?> parts) {
      for (int i = parts.size() - 1; i >= 0; i--) {
        if (parts.get(i) instanceof Map<?, ?> part && part.get("text") instanceof String text) {
          Map<Object, Object> changed = new LinkedHashMap<>(part);
          changed.put("text", text + MARK);
          List<Object> all = new ArrayList<>(parts);
          all.set(i, changed);
          marked.set(messages.size() - 1, last.with(Message.CONTENT, all));
          return new FinalMessage(text, marked);
        }
      }
    }
    throw new CheckpointException("the last message has no text (expected: text to continue)");
  }

  /** {@code rendered} up to the end of the text. */
  String cut(String rendered) {
    int at = rendered.lastIndexOf(MARK.strip());
    if (at < 0 || !rendered.contains(strip(text))) {
      throw new CheckpointException(
          "the chat template changes the last message (expected: one that can be continued)");
    }
    String before = rendered.substring(0, at);
    // A template that trims the message has trimmed the mark's blank, and would have trimmed its
    // own.
    return rendered.startsWith(MARK, at) ? before : stripTrailing(before);
  }

  private static String strip(String text) {
    int start = 0;
    while (start < text.length() && isSpace(text.charAt(start))) {
      start++;
    }
    return stripTrailing(text.substring(start));
  }

  private static String stripTrailing(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /** White space as Python has it. */
  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }
}
