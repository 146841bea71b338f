package dev.kelpie.cli.chat;

import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Message;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The messages so far, rendered by the checkpoint's chat template and kept within the model's
 * context. The oldest turns are dropped when there is no room for an answer. Without a template
 * each line is a prompt of its own.
 */
final class Conversation {
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> template;
  private final Optional<String> system;
  private final int context;
  private final int maxNewTokens;
  private final List<Message> said = new ArrayList<>();

  /**
   * Creates an empty conversation; {@code context} limits prompt and answer together, in tokens.
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

  /** The next prompt, its text, the answer's limit in tokens, and the messages dropped for it. */
  record Turn(TokenIds prompt, String text, int limit, int dropped) {}

  /**
   * Adds a message of the user.
   *
   * @throws CheckpointException when it does not fit into the context or the template refuses it;
   *     it is then not part of the conversation
   */
  Turn ask(String line) {
    if (template.isEmpty()) {
      return turn(line, tokenizer.encode(line, true), 0);
    }
    said.add(new Message("user", line));
    try {
      int dropped = 0;
      while (true) {
        String text = rendered(template.get());
        TokenIds ids = tokenizer.encode(text, false);
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
              Locale.ROOT,
              "the prompt has %s tokens (expected: 1 to %s, which leaves room for an answer)",
              ids.length(),
              context - 1));
    }
    return new Turn(ids, text, Math.min(maxNewTokens, context - ids.length()), dropped);
  }

  private String rendered(ChatTemplate form) {
    List<Message> all = new ArrayList<>();
    system.ifPresent(text -> all.add(new Message("system", text)));
    all.addAll(said);
    return form.render(all, true);
  }

  /** Number of messages of the oldest question and its answer. */
  private int oldestTurn() {
    int end = 1;
    while (end < said.size() && !said.get(end).role().equals("user")) {
      end++;
    }
    return end < said.size() ? end : 0;
  }

  /** Adds an answer of the model. */
  void answered(String text) {
    if (template.isPresent()) {
      said.add(new Message("assistant", text));
    }
  }

  /** Drops all messages but the system prompt. */
  void reset() {
    said.clear();
  }
}
