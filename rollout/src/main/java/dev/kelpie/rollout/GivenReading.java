package dev.kelpie.rollout;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.rollout.rows.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Makes prompts with responses of rows: reads the columns, renders, encodes, cuts.
 *
 * @param template the checkpoint's; needed where {@code data.chat()} is set
 * @param check refuses prompts
 * @param verified what the rows before have proved
 */
record GivenReading(
    DataOptions data,
    Tokenizer tokenizer,
    Optional<ChatTemplate> template,
    ReadOptions.PromptCheck check,
    VerifiedText verified)
    implements RowReading {
  @Override
  public Checked check(Row row) {
    PromptRow columns = new PromptRow(row, data);
    Optional<String> id = data.id().isEmpty() ? Optional.empty() : Optional.of(columns.id());
    GivenRow given = new GivenColumns(columns, data).read();
    String content = id.isEmpty() ? "" : GivenContent.hash(given);
    if (given.equal()) {
      return new Checked(id, given.kind(), content, 0, 0, 0, Use.EQUAL, false, 0, Optional.empty());
    }
    if (given.sides() instanceof GivenRow.Text text && verified.covers(text, row.line(), data)) {
      return unencoded(columns, given, text, id, content);
    }
    GivenTokens all = encode(columns, given);
    if (given.sides() instanceof GivenRow.Text text) {
      verified.add(text, all);
    }
    int length = all.prompt().length();
    boolean tooLong = length > data.maxPromptTokens();
    if (tooLong && data.tooLong() == DataOptions.TooLong.ERROR) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "data.max-prompt-tokens: %s (expected: at least %s for the prompt at %s)",
              data.maxPromptTokens(),
              length,
              columns.place()));
    }
    GivenTokens shown = tooLong ? all.promptCut(data.maxPromptTokens()) : all;
    Optional<GivenTokens> kept = shown.cut(data.maxLength(), data.truncation());
    if (kept.isEmpty() || (tooLong && data.tooLong() == DataOptions.TooLong.DROP)) {
      return new Checked(
          id, given.kind(), content, length, 0, 0, Use.TOO_LONG, false, 0, Optional.empty());
    }
    Prompt prompt = prompt(columns, given, all, kept.get());
    return new Checked(
        id,
        given.kind(),
        content,
        prompt.tokens().length(),
        kept.get().longest(),
        PromptReading.mostBytes(prompt),
        Use.KEPT,
        kept.get().prompt().length() < length,
        (int) kept.get().responses().stream().filter(GivenTokens.Response::cut).count(),
        check.problem(prompt));
  }

  /** The result for a row that needs no encoding now: it is whole, and not the longest. */
  private Checked unencoded(
      PromptRow columns, GivenRow given, GivenRow.Text text, Optional<String> id, String content) {
    Prompt prompt =
        new Prompt(
            columns.id(), text.prompt(), TokenIds.of(0), columns.answer(), columns.metadata());
    int bytes = PromptReading.mostBytes(prompt) + 5 * text.prompt().length();
    for (String response : text.responses()) {
      bytes += 128 + 6 * response.length();
    }
    return new Checked(
        id, given.kind(), content, 0, 0, bytes, Use.KEPT, false, 0, check.problem(prompt));
  }

  @Override
  public Prompt read(Row row) {
    PromptRow columns = new PromptRow(row, data);
    GivenRow given = new GivenColumns(columns, data).read();
    GivenTokens all = encode(columns, given);
    GivenTokens shown =
        all.prompt().length() > data.maxPromptTokens()
            ? all.promptCut(data.maxPromptTokens())
            : all;
    return prompt(
        columns, given, all, shown.cut(data.maxLength(), data.truncation()).orElseThrow());
  }

  private GivenTokens encode(PromptRow columns, GivenRow given) {
    GivenEncoding encoding = new GivenEncoding(data, tokenizer, columns);
    try {
      return encoding.encode(given.sides(), template);
    } catch (CheckpointException e) {
      throw new ConfigException(columns.place() + ": " + e.getMessage());
    }
  }

  private Prompt prompt(PromptRow columns, GivenRow given, GivenTokens all, GivenTokens kept) {
    List<GivenResponse> responses = new ArrayList<>();
    for (int i = 0; i < kept.responses().size(); i++) {
      GivenTokens.Response response = kept.responses().get(i);
      responses.add(
          new GivenResponse(
              given.origins().get(i),
              tokenizer.decode(response.tokens(), true),
              response.tokens(),
              response.cut() ? FinishReason.LENGTH : FinishReason.STOP));
    }
    TokenIds tokens = kept.prompt();
    boolean whole = tokens.length() == all.prompt().length() && all.whole();
    return new Prompt(
        columns.id(),
        whole ? all.text() : tokenizer.decode(tokens, false),
        tokens,
        columns.answer(),
        columns.metadata(),
        responses);
  }
}
