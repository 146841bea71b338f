package dev.kelpie.cli.chat;

import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Message;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What was said so far, as the model reads it: by the checkpoint's chat template, within the
 * model's context. The oldest turns are dropped when there is no room left for an answer. Without a
 * template each line stands alone and is continued as it is.
 */
final class Conversation {
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> template;
  private final Optional<String> system;
  private final int context;
  private final int maxNewTokens;
  private final List<Message> said = new ArrayList<>();

  /**
   * Of nothing yet.
   *
   * @param context most tokens of prompt and answer together
   * @param maxNewTokens most tokens of an answer
   */
  Conversation(
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      Optional<String> system,
      int context,
      int maxNewTokens) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.system = system;
    this.context = context;
    this.maxNewTokens = maxNewTokens;
  }

  /**
   * What the model is to go on from.
   *
   * @param text with everything said before
   * @param limit most tokens of the answer
   * @param dropped messages that were forgotten to make room
   */
  record Turn(TokenIds prompt, String text, int limit, int dropped) {}

  /**
   * Adds what a person says.
   *
   * @throws CheckpointException when it has no room in the context, or the template refuses it; it
   *     is then not part of the conversation
   */
  Turn ask(String line) {
    if (template.isEmpty()) {
      return turn(line, encoded(line, true), 0);
    }
    said.add(new Message("user", line));
    try {
      int dropped = 0;
      while (true) {
        String text = rendered(template.get());
        TokenIds ids = encoded(text, false);
        boolean fits = ids.length() + Math.min(maxNewTokens, context / 2) <= context;
        int oldest = said.size() > 1 ? oldestTurn() : 0;
        if (fits || oldest == 0) {
          return turn(text, ids, dropped);
        }
        said.subList(0, oldest).clear();
        dropped += oldest;
      }
    } catch (CheckpointException e) {
      said.remove(said.size() - 1);
      throw e;
    }
  }

  private Turn turn(String text, TokenIds ids, int dropped) {
    if (ids.length() == 0 || ids.length() >= context) {
      throw new CheckpointException(
          String.format(
              "the prompt has %s tokens (expected: 1 to %s, which leaves room for an answer)",
              ids.length(), context - 1));
    }
    return new Turn(ids, text, Math.min(maxNewTokens, context - ids.length()), dropped);
  }

  private TokenIds encoded(String text, boolean addSpecialTokens) {
    try {
      return tokenizer.encode(text, addSpecialTokens);
    } catch (CheckpointException e) {
      throw e;
    } catch (RuntimeException e) { // the native tokenizer's only kind of failure
      throw new CheckpointException(
          "this text cannot be written in the policy's tokens: " + e.getMessage(), e);
    }
  }

  private String rendered(ChatTemplate form) {
    List<Message> all = new ArrayList<>();
    system.ifPresent(text -> all.add(new Message("system", text)));
    all.addAll(said);
    return form.render(all, true);
  }

  /** How many messages belong to the oldest question and its answer. */
  private int oldestTurn() {
    int end = 1;
    while (end < said.size() && !said.get(end).role().equals("user")) {
      end++;
    }
    return end < said.size() ? end : 0;
  }

  /** Adds what the model said. */
  void answered(String text) {
    if (template.isPresent()) {
      said.add(new Message("assistant", text));
    }
  }

  /** Forgets everything but the system's message. */
  void reset() {
    said.clear();
  }
}
