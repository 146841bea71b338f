package dev.kelpie.rollout;

import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.Origin;
import dev.kelpie.model.Message;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A row with responses, before it is rendered and encoded.
 *
 * @param kind what the columns hold, for the message about files of mixed rows
 * @param equal whether the two responses of a pair are the same
 */
record GivenRow(String kind, Side sides, List<Origin> origins, boolean equal) {
  /** Columns that TRL reads without being asked; a row that has a value there is refused. */
  static final List<String> IMAGES = List.of("image", "images");

  /** The column of further variables of the chat template, as TRL calls it. */
  static final String TEMPLATE_ARGUMENTS = "chat_template_kwargs";

  /** TRL's column of tools. */
  static final String TOOLS = "tools";

  /** A prompt and its responses. */
  sealed interface Side {}

  /** As text. */
  record Text(String prompt, List<String> responses) implements Side {
    Text {
      responses = List.copyOf(responses);
    }
  }

  /** As messages that the chat template renders. */
  record Chat(List<Message> prompt, List<List<Message>> responses) implements Side {
    Chat {
      prompt = List.copyOf(prompt);
      responses = List.copyOf(responses);
    }
  }

  GivenRow {
    origins = List.copyOf(origins);
  }

  /** The columns that the rows of {@code data} are read for, beside those of plain prompts. */
  static Set<String> columns(DataOptions data) {
    Set<String> columns = new HashSet<>();
    switch (data.form()) {
      case PROMPTS -> {
        return columns;
      }
      case PAIRS, TURNS ->
          columns.addAll(
              List.of(data.chosen(), data.rejected(), data.chosenScore(), data.rejectedScore()));
      case SCORED -> columns.addAll(List.of(data.responses(), data.scores()));
      case UNPAIRED -> columns.addAll(List.of(data.completion(), data.label()));
      case DEMONSTRATIONS -> columns.addAll(List.of(data.completion(), data.messages()));
    }
    columns.add(data.source());
    columns.addAll(IMAGES);
    columns.add(TEMPLATE_ARGUMENTS);
    columns.add(TOOLS);
    return columns;
  }
}
