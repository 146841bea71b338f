package dev.kelpie.rollout;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.DataForm;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.DataOptions.TooLong;
import dev.kelpie.config.DataOptions.Truncation;
import java.util.Map;

/** The {@code data} block of files with responses. */
final class GivenData {
  private GivenData() {}

  static DataOptions of(DataForm form) {
    return of(form, false, "", 1024, Truncation.KEEP_START);
  }

  static DataOptions of(
      DataForm form, boolean chat, String tools, int maxLength, Truncation truncation) {
    return of("", form, chat, tools, maxLength, truncation, "", "");
  }

  static DataOptions of(
      String id,
      DataForm form,
      boolean chat,
      String tools,
      int maxLength,
      Truncation truncation,
      String chosenScore,
      String source) {
    return new DataOptions(
        "",
        "jsonl",
        id,
        "prompt",
        "answer",
        "",
        tools,
        chat,
        ConfigBlock.empty("data.template-arguments"),
        false,
        "",
        512,
        TooLong.DROP,
        true,
        form,
        "chosen",
        "rejected",
        chosenScore,
        chosenScore.isEmpty() ? "" : "rejected_score",
        "responses",
        "scores",
        "completion",
        "label",
        "messages",
        source,
        maxLength,
        truncation,
        Map.of(),
        DataOptions.Filter.NONE);
  }
}
