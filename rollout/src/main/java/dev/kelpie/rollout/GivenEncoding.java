package dev.kelpie.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ChatRequest;
import dev.kelpie.model.ChatRequest.End;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Message;
import dev.kelpie.model.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a prompt with its responses as TRL does: the prompt alone and the prompt with each
 * response; the prompt ends where the tokens of the first part from any of the others. Text gets
 * the tokenizer's own special tokens and its eos token; a conversation what its template writes.
 */
record GivenEncoding(DataOptions data, Tokenizer tokenizer, PromptRow row) {
  /** The tokens of {@code sides}. */
  GivenTokens encode(GivenRow.Side sides, Optional<ChatTemplate> template) {
    return sides instanceof GivenRow.Chat chat
        ? encode(chat, template.orElseThrow())
        : encode((GivenRow.Text) sides);
  }

  private GivenTokens encode(GivenRow.Text text) {
    String eos =
        tokenizer
            .endOfText()
            .orElseThrow(
                () ->
                    new ConfigException(
                        "data.form: "
                            + data.form().label()
                            + " (expected: a policy whose tokenizer_config.json names an"
                            + " eos_token, which ends each response)"));
    List<String> whole =
        text.responses().stream()
            .map(response -> text.prompt() + response + (response.endsWith(eos) ? "" : eos))
            .toList();
    return encode(text.prompt(), whole, true);
  }

  private GivenTokens encode(GivenRow.Chat chat, ChatTemplate template) {
    RowMessages messages = new RowMessages(data, row.place());
    JsonNode tools =
        data.tools().isEmpty() || !row.has(data.tools())
            ? MissingNode.getInstance()
            : row.column("tools", data.tools());
    ChatRequest request = withArguments(messages.request(chat.prompt(), tools));
    String prompt = template.render(request.with(chat.prompt(), End.GENERATION_PROMPT));
    requireWritten(chat.prompt(), prompt);
    List<String> whole = new ArrayList<>();
    for (List<Message> response : chat.responses()) {
      List<Message> all = new ArrayList<>(chat.prompt());
      all.addAll(response);
      whole.add(template.render(request.with(all, End.CONVERSATION)));
    }
    String plain = template.render(request.with(chat.prompt(), End.CONVERSATION));
    int needed = common(plain, prompt);
    for (String text : whole) {
      if (common(prompt, text) < needed) {
        throw dropped();
      }
    }
    return encode(prompt, whole, false);
  }

  private ChatRequest withArguments(ChatRequest request) {
    String name = GivenRow.TEMPLATE_ARGUMENTS;
    if (!row.has(name)) {
      return request;
    }
    JsonNode value = row.column("template-arguments", name);
    if (!value.isObject()) {
      throw row.error("template-arguments", name, value, "an object of variables");
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>(request.arguments());
    all.putAll(RowMessages.object(value));
    return new ChatRequest(request.messages(), request.tools(), all, request.end());
  }

  /** A template that leaves out what the prompt ends with is of no use. */
  private void requireWritten(List<Message> prompt, String rendered) {
    Object last = prompt.get(prompt.size() - 1).content().orElse("");
    if (last instanceof String text && !rendered.contains(text.strip())) {
      throw dropped();
    }
  }

  private ConfigException dropped() {
    return new ConfigException(
        row.place()
            + ": the chat template drops the prompt or a part of it (expected: the prompt that the"
            + " policy is given, then the response)");
  }

  private GivenTokens encode(String prompt, List<String> whole, boolean special) {
    int[] alone = tokenizer.encode(prompt, special).toArray();
    List<int[]> all = new ArrayList<>();
    int end = alone.length;
    for (String text : whole) {
      TokenIds ids = tokenizer.encode(text, special);
      requireRoundTrip(text, prompt.length(), ids);
      int[] tokens = ids.toArray();
      end = Math.min(end, common(alone, tokens));
      all.add(tokens);
    }
    if (end == 0) {
      throw new ConfigException(
          row.place()
              + ": the prompt and its responses begin with other tokens (expected: a common"
              + " prompt of at least one token)");
    }
    List<GivenTokens.Response> responses = new ArrayList<>();
    for (int[] tokens : all) {
      TokenIds response = TokenIds.of(tokens).slice(end, tokens.length);
      if (response.length() == 0) {
        throw new ConfigException(row.place() + ": a response has no tokens (expected: text)");
      }
      responses.add(new GivenTokens.Response(response, false));
    }
    TokenIds kept = TokenIds.of(alone).slice(0, end);
    return new GivenTokens(prompt, end == alone.length, kept, responses);
  }

  /** Text that the policy cannot write is not what it would learn. */
  private void requireRoundTrip(String text, int prompt, TokenIds ids) {
    String decoded = tokenizer.decode(ids, false);
    String response = text.substring(Math.min(prompt, text.length()));
    if (!decoded.endsWith(response)) {
      int at = 0;
      int offset = Math.max(0, decoded.length() - response.length());
      String tail = decoded.substring(offset);
      while (at < Math.min(tail.length(), response.length())
          && tail.charAt(tail.length() - 1 - at) == response.charAt(response.length() - 1 - at)) {
        at++;
      }
      int where = Math.max(0, response.length() - at - 20);
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: the tokens of a response are another text: near \"%s\" (expected: text that the"
                  + " policy's tokenizer gives back)",
              row.place(),
              response.substring(where, Math.min(response.length(), where + 40))));
    }
  }

  private static int common(int[] first, int[] second) {
    int at = 0;
    while (at < Math.min(first.length, second.length) && first[at] == second[at]) {
      at++;
    }
    return at;
  }

  private static int common(String first, String second) {
    int at = 0;
    while (at < Math.min(first.length(), second.length())
        && first.charAt(at) == second.charAt(at)) {
      at++;
    }
    return at;
  }
}
