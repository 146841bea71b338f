package dev.kelpie.rollout;

import dev.kelpie.config.ConfigException;
import dev.kelpie.model.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A dialogue in the text form of HH-RLHF: turns that begin with {@code "\n\nHuman: "} or {@code
 * "\n\nAssistant: "}, the way TRL's example script for that data set splits them.
 */
final class HumanDialogue {
  private static final Pattern TURN = Pattern.compile("\n\n(Assistant|Human): ");

  private HumanDialogue() {}

  /**
   * The turns of {@code text} as messages of the user and the assistant.
   *
   * @param place file, row and column, for the message
   */
  static List<Message> messages(String text, String place) {
    List<Message> messages = new ArrayList<>();
    Matcher turn = TURN.matcher(text);
    String role = "";
    int from = 0;
    while (turn.find()) {
      if (role.isEmpty() && turn.start() > 0) {
        break;
      } else if (!role.isEmpty()) {
        messages.add(new Message(role, text.substring(from, turn.start())));
      }
      role = turn.group(1).equals("Human") ? "user" : "assistant";
      from = turn.end();
    }
    if (role.isEmpty()) {
      throw new ConfigException(
          place + ": no dialogue (expected: \"\\n\\nHuman: ...\\n\\nAssistant: ...\")");
    }
    messages.add(new Message(role, text.substring(from)));
    return messages;
  }

  /** The messages as text again. */
  static String text(List<Message> messages) {
    StringBuilder text = new StringBuilder();
    for (Message message : messages) {
      text.append(message.role().equals("user") ? "\n\nHuman: " : "\n\nAssistant: ")
          .append(message.content().orElse(""));
    }
    return text.toString();
  }
}
