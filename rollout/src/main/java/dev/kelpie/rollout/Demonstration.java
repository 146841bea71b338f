package dev.kelpie.rollout;

import dev.kelpie.model.ChatRequest;
import dev.kelpie.model.ChatRequest.End;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Message;
import dev.kelpie.model.architecture.CheckpointException;
import java.util.ArrayList;
import java.util.List;

/** A prompt with the response that the policy is to learn, written by the chat template. */
final class Demonstration {
  private Demonstration() {}

  /**
   * What follows the rendered prompt when the assistant gives {@code response}: the response as the
   * template writes it, and the end of the turn.
   *
   * @param prompt what the rendered prompt was made of
   * @param rendered the rendered prompt
   * @throws CheckpointException if the template writes the prompt differently with the response
   *     behind it, so that the policy would learn to answer another prompt than it is given
   */
  static String continuation(
      ChatTemplate template, ChatRequest prompt, String rendered, String response) {
    List<Message> messages = new ArrayList<>(prompt.messages());
    if (prompt.end() == End.FINAL_MESSAGE) {
      int last = messages.size() - 1;
      Message continued = messages.get(last);
      if (!(continued.content().orElse(0) instanceof String begun)) {
        throw new CheckpointException(
            "the last message has parts (expected: a string that the response continues)");
      }
      messages.set(last, continued.with(Message.CONTENT, begun + response));
    } else {
      messages.add(new Message("assistant", response));
    }
    String whole = template.render(prompt.with(messages, End.CONVERSATION));
    if (!whole.startsWith(rendered)) {
      throw new CheckpointException(
          "the chat template writes another prompt once the response follows it (expected: the"
              + " prompt that the policy is given, then the response)");
    }
    return whole.substring(rendered.length());
  }
}
