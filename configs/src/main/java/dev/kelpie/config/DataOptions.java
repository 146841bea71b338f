package dev.kelpie.config;

import java.util.List;

/** The prompts. */
public record DataOptions(
    @Doc("file of prompts, relative to the experiment file") String path,
    @Doc("file format: jsonl, one JSON object per line") String format,
    @Doc("column with the row's id; empty: FILE:LINE") String id,
    @Doc("column with the prompt") String prompt,
    @Doc("column with the reference answer; empty: none") String answer,
    @Doc("column with the system message; empty: none") String system,
    @Doc("render the prompt with the checkpoint's own chat template") boolean chat,
    @Doc("text appended to the last user message before rendering") String suffix,
    @Doc("longest prompt, in tokens after rendering") int maxPromptTokens,
    @Doc("what to do with a longer prompt; each one is counted") TooLong tooLong,
    @Doc("a new order of the prompts, by the run's seed, on every pass") boolean shuffle) {
  public static final DataOptions DEFAULTS =
      new DataOptions("", "jsonl", "", "prompt", "answer", "", false, "", 512, TooLong.DROP, true);

  public DataOptions {
    Require.oneOf("format", format, List.of("jsonl"));
    Require.that(!prompt.isEmpty(), "prompt: empty (expected: the name of a column)");
    Require.atLeast("max-prompt-tokens", maxPromptTokens, 1);
  }

  /** What happens to a prompt that is too long. */
  public enum TooLong {
    DROP,
    TRUNCATE_LEFT,
    ERROR
  }
}
