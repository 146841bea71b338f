package dev.kelpie.rollout;

import dev.kelpie.config.DataForm;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Message;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rollout.rows.Row;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a row of a data file says, before a template and a tokenizer see it: for looking at files.
 *
 * @param prompt the prompt; of a conversation the contents of its messages but the system's, a line
 *     each
 * @param responses the responses that the row brings along, the same way
 * @param answer the reference answer, if there is one
 */
public record RowText(String prompt, List<String> responses, Optional<String> answer) {
  public RowText {
    responses = List.copyOf(responses);
  }

  /** The columns that rows of {@code data} are read for. */
  public static Set<String> columns(DataOptions data) {
    return PromptRow.columns(data);
  }

  /**
   * Reads a row as training would.
   *
   * @throws dev.kelpie.config.ConfigException in one line, with file and line, on anything that is
   *     not right
   */
  public static RowText of(Row row, DataOptions data) {
    PromptRow columns = new PromptRow(row, data);
    if (data.form() == DataForm.PROMPTS) {
      String prompt =
          data.chat() && columns.isConversation()
              ? text(columns.conversation().messages())
              : columns.text();
      return new RowText(prompt, List.of(), columns.answer());
    }
    GivenRow given = new GivenColumns(columns, data).read();
    if (given.sides() instanceof GivenRow.Text text) {
      return new RowText(text.prompt(), text.responses(), columns.answer());
    }
    GivenRow.Chat chat = (GivenRow.Chat) given.sides();
    return new RowText(
        text(chat.prompt()),
        chat.responses().stream().map(RowText::text).toList(),
        columns.answer());
  }

  private static String text(List<Message> messages) {
    return messages.stream()
        .filter(message -> !message.role().equals("system"))
        .map(message -> message.content().map(Object::toString).orElse(""))
        .collect(Collectors.joining("\n"));
  }

  /**
   * Renders and encodes a row as training would.
   *
   * @param template the checkpoint's; needed where {@code data.chat()} is set
   * @throws dev.kelpie.config.ConfigException in one line, with file and line, on anything that is
   *     not right
   */
  public static Prompt encode(
      Row row, DataOptions data, Tokenizer tokenizer, Optional<ChatTemplate> template) {
    ReadOptions options = ReadOptions.DEFAULTS;
    RowReading reading =
        data.form() == DataForm.PROMPTS
            ? new PromptReading(
                data, tokenizer, template, "", options.members(), options.check(), options.filter())
            : new GivenReading(
                data, tokenizer, template, options.check(), new VerifiedText(tokenizer));
    return reading.read(row);
  }
}
