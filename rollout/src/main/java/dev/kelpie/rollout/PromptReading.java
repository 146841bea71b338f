package dev.kelpie.rollout;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.rollout.rows.Row;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Makes prompts of rows: renders, encodes, cuts. May be used from several threads.
 *
 * @param template the checkpoint's; needed where {@code data.chat()} is set
 * @param response the column of responses that the template writes; empty: none
 * @param members the members whose responses the rows bring along
 * @param check refuses prompts
 * @param filter leaves prompts out
 */
record PromptReading(
    DataOptions data,
    Tokenizer tokenizer,
    Optional<ChatTemplate> template,
    String response,
    MemberReading members,
    ReadOptions.PromptCheck check,
    ReadOptions.PromptFilter filter)
    implements RowReading {
  @Override
  public Checked check(Row row) {
    PromptRow columns = new PromptRow(row, data);
    Optional<String> id = data.id().isEmpty() ? Optional.empty() : Optional.of(columns.id());
    String text = text(columns);
    TokenIds tokens = encode(columns, text);
    int most = data.maxPromptTokens();
    boolean tooLong = tokens.length() > most;
    if (tooLong && data.tooLong() == DataOptions.TooLong.ERROR) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "data.max-prompt-tokens: %s (expected: at least %s for the prompt at %s)",
              most,
              tokens.length(),
              columns.place()));
    } else if (tooLong && data.tooLong() == DataOptions.TooLong.DROP) {
      return new Checked(
          id, "", "", tokens.length(), 0, 0, Use.TOO_LONG, false, 0, Optional.empty());
    }
    Prompt prompt = prompt(columns, text, tokens);
    ReadOptions.PromptFilter.Verdict verdict = filter.of(prompt);
    if (verdict != ReadOptions.PromptFilter.Verdict.KEPT) {
      Use use = verdict == ReadOptions.PromptFilter.Verdict.OUTSIDE ? Use.OUTSIDE : Use.UNSEEN;
      return new Checked(id, "", "", tokens.length(), 0, 0, use, false, 0, Optional.empty());
    }
    return new Checked(
        id,
        "",
        "",
        prompt.tokens().length(),
        prompt.tokens().length(),
        mostBytes(prompt),
        Use.KEPT,
        tooLong,
        0,
        check.problem(prompt));
  }

  @Override
  public Prompt read(Row row) {
    PromptRow columns = new PromptRow(row, data);
    String text = text(columns);
    return prompt(columns, text, encode(columns, text));
  }

  @Override
  public void close() {
    members.files().values().forEach(ResponseSource::close);
  }

  private Prompt prompt(PromptRow columns, String text, TokenIds tokens) {
    int more = Math.max(0, tokens.length() - data.maxPromptTokens());
    TokenIds kept = more == 0 ? tokens : tokens.slice(more, tokens.length());
    return new Prompt(
        columns.id(),
        more == 0 ? text : tokenizer.decode(kept, false),
        kept,
        columns.answer(),
        metadata(columns, text),
        members.read(
            columns,
            tokenizer,
            data.chat()
                ? Optional.of(given -> continuation(columns, text, given))
                : Optional.empty()));
  }

  /** The other columns, the response as the template writes it behind {@code prompt}. */
  private Map<String, String> metadata(PromptRow columns, String prompt) {
    String given = columns.metadata().get(response);
    if (given == null || !data.chat()) {
      return columns.metadata();
    }
    Map<String, String> metadata = new LinkedHashMap<>(columns.metadata());
    metadata.put(response, continuation(columns, prompt, given));
    return metadata;
  }

  private String continuation(PromptRow columns, String prompt, String given) {
    return rendered(
        columns,
        template,
        form -> Demonstration.continuation(form, columns.conversation(), prompt, given));
  }

  private TokenIds encode(PromptRow columns, String text) {
    TokenIds tokens = tokenizer.encode(text, !data.chat());
    if (tokens.length() == 0) {
      throw new ConfigException(columns.place() + ": the prompt has no tokens");
    }
    return tokens;
  }

  private String text(PromptRow columns) {
    return text(columns, data, template);
  }

  /** The prompt of a row as the model sees it. */
  static String text(PromptRow columns, DataOptions data, Optional<ChatTemplate> template) {
    if (!data.chat()) {
      return columns.text();
    }
    return rendered(columns, template, form -> form.render(columns.conversation()));
  }

  private static String rendered(
      PromptRow columns,
      Optional<ChatTemplate> template,
      Function<ChatTemplate, String> rendering) {
    try {
      return rendering.apply(template.orElseThrow());
    } catch (CheckpointException e) {
      throw new ConfigException(columns.place() + ": " + e.getMessage());
    }
  }

  /** Protobuf takes at most 5 bytes for a token, and 6 for tag and length of a text. */
  static int mostBytes(Prompt prompt) {
    long bytes = 32 + bytes(prompt.id()) + bytes(prompt.text()) + 5L * prompt.tokens().length();
    bytes += prompt.answer().map(PromptReading::bytes).orElse(0);
    for (Map.Entry<String, String> column : prompt.metadata().entrySet()) {
      bytes += 24L + bytes(column.getKey()) + bytes(column.getValue());
    }
    for (GivenResponse response : prompt.responses()) {
      bytes += 64L + bytes(response.text()) + 5L * response.tokens().length();
    }
    return (int) Math.min(Integer.MAX_VALUE, bytes);
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
