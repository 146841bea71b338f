package dev.kelpie.config;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The prompts, and the responses of files that have them. */
public record DataOptions(
    @Doc("file of prompts, relative to the experiment file") String path,
    @Doc("file format: jsonl, one JSON object per line, or parquet") String format,
    @Doc("column with the row's id; empty: FILE:LINE") String id,
    @Doc("column with the prompt") String prompt,
    @Doc("column with the reference answer; empty: none") String answer,
    @Doc("column with the system message; empty: none") String system,
    @Doc("column with the tools' JSON schemas, for the chat template; empty: none") String tools,
    @Doc("render the prompt with the checkpoint's own chat template") boolean chat,
    @Doc("further variables of the chat template, such as { enable_thinking = false }")
        ConfigBlock templateArguments,
    @Doc("the model continues the last message instead of answering it")
        boolean continueFinalMessage,
    @Doc("text appended to the last user message before rendering") String suffix,
    @Doc("longest prompt, in tokens after rendering") int maxPromptTokens,
    @Doc("what to do with a longer prompt; each one is counted") TooLong tooLong,
    @Doc("a new order of the prompts, by the run's seed, on every pass") boolean shuffle,
    @Doc("what a row is: prompts, pairs, scored, unpaired, demonstrations or turns") DataForm form,
    @Doc("pairs, turns: column with the better response") String chosen,
    @Doc("pairs, turns: column with the worse response") String rejected,
    @Doc("pairs, turns: column with the score of the better response; empty: 1") String chosenScore,
    @Doc("pairs, turns: column with the score of the worse response; empty: 0")
        String rejectedScore,
    @Doc("scored: column with the list of responses") String responses,
    @Doc("scored: column with the list of scores, or the scores' key in the list of responses")
        String scores,
    @Doc("unpaired, demonstrations: column with the response; scored: its key in the list")
        String completion,
    @Doc("unpaired: column with true or false") String label,
    @Doc("demonstrations: column with a conversation that ends with the response") String messages,
    @Doc("column that says who wrote the responses: human, teacher, reference, log; empty: log")
        String source,
    @Doc("longest prompt with a response of the file, in tokens") int maxLength,
    @Doc("what to do with a longer one: keep its start, keep its end, drop it; each is counted")
        Truncation truncation,
    @Doc("further files by name, each with path, weight (that of data.path is 1) and format")
        Map<String, ConfigBlock> mix,
    Filter filter) {
  public static final DataOptions DEFAULTS =
      new DataOptions(
          "",
          "jsonl",
          "",
          "prompt",
          "answer",
          "",
          "",
          false,
          ConfigBlock.empty("data.template-arguments"),
          false,
          "",
          512,
          TooLong.DROP,
          true);

  /** Which prompts of the data are trained on. */
  public record Filter(PassRate passRate) {
    public static final Filter NONE = new Filter(PassRate.NONE);
  }

  /** The prompts that a former run has answered neither too well nor too badly. */
  public record PassRate(
      @Doc("folder of a former run; empty: no filter") String runPath,
      @Doc("least pass rate of a prompt in that run") double min,
      @Doc("largest pass rate of a prompt in that run") double max,
      @Doc(
              "mean-reward: mean over the run's samples of the prompt; share-at-most: share of them"
                  + " with the largest reward of the run")
          Measure measure,
      @Doc("keep prompts that the run has no sample of") boolean keepUnseen) {
    public static final PassRate NONE = new PassRate("", 0, 1, Measure.MEAN_REWARD, false);

    public PassRate {
      Require.that(max >= min, "max: %s (expected: at least min = %s)", max, min);
    }
  }

  /** The pass rate of a prompt. */
  public enum Measure {
    MEAN_REWARD,
    SHARE_AT_MOST
  }

  /** Variables that a chat template has from elsewhere. */
  private static final Set<String> TAKEN =
      Set.of(
          "messages",
          "tools",
          "documents",
          "add_generation_prompt",
          "continue_final_message",
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token",
          "raise_exception",
          "strftime_now",
          "range",
          "dict",
          "namespace",
          "cycler",
          "joiner",
          "lipsum");

  public DataOptions {
    mix = Map.copyOf(mix);
    Require.that(
        filter.passRate().runPath().isEmpty() || form == DataForm.PROMPTS,
        "filter.pass-rate.run-path: %s (expected: none, because data.form = %s)",
        filter.passRate().runPath(),
        form.label());
    Require.oneOf("format", format, List.of("jsonl", "parquet"));
    form.requireUsed("chosen", chosen, "chosen");
    form.requireUsed("rejected", rejected, "rejected");
    form.requireUsed("chosen-score", chosenScore, "");
    form.requireUsed("rejected-score", rejectedScore, "");
    form.requireUsed("responses", responses, "responses");
    form.requireUsed("scores", scores, "scores");
    form.requireUsed("completion", completion, "completion");
    form.requireUsed("label", label, "label");
    form.requireUsed("messages", messages, "messages");
    form.requireUsed("source", source, "");
    form.requireUsed("max-length", maxLength, 1024);
    form.requireUsed("truncation", truncation, Truncation.KEEP_START);
    Require.that(
        chosenScore.isEmpty() == rejectedScore.isEmpty(),
        "rejected-score: %s (expected: a column as for chosen-score, or both empty)",
        rejectedScore);
    Require.atLeast("max-length", maxLength, 2);
    Require.that(
        form == DataForm.PROMPTS || !continueFinalMessage,
        "continue-final-message: true (expected: false, because data.form = %s)",
        form.label());
    Require.that(!prompt.isEmpty(), "prompt: empty (expected: the name of a column)");
    Require.atLeast("max-prompt-tokens", maxPromptTokens, 1);
    Require.that(
        chat || !continueFinalMessage,
        "continue-final-message: true (expected: false, because data.chat = false)");
    for (String name : templateArguments.values().keySet()) {
      Require.that(
          chat, "template-arguments: %s (expected: none, because data.chat = false)", name);
      Require.that(
          name.matches("[A-Za-z_][A-Za-z0-9_]*"),
          "template-arguments: %s (expected: the name of a variable)",
          name);
      Require.that(
          !TAKEN.contains(name),
          "template-arguments: %s (expected: another name, because templates have that one)",
          name);
      requireKept(name, templateArguments.values().get(name));
    }
  }

  /** Checks that the run folder's experiment.conf gives the same value back. */
  private static void requireKept(String name, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      map.values().forEach(inner -> requireKept(name, inner));
    } else if (value instanceof List<?> list) {
      list.forEach(inner -> requireKept(name, inner));
    }
    Require.that(
        value != null && !(value instanceof Double number && number == Math.rint(number)),
        "template-arguments: %s = %s (expected: text, a boolean, a number such as 1 or 0.5)",
        name,
        value == null ? "null" : value);
  }

  /** The options of plain prompts. */
  public DataOptions(
      String path,
      String format,
      String id,
      String prompt,
      String answer,
      String system,
      String tools,
      boolean chat,
      ConfigBlock templateArguments,
      boolean continueFinalMessage,
      String suffix,
      int maxPromptTokens,
      TooLong tooLong,
      boolean shuffle) {
    this(
        path,
        format,
        id,
        prompt,
        answer,
        system,
        tools,
        chat,
        templateArguments,
        continueFinalMessage,
        suffix,
        maxPromptTokens,
        tooLong,
        shuffle,
        DataForm.PROMPTS,
        "chosen",
        "rejected",
        "",
        "",
        "responses",
        "scores",
        "completion",
        "label",
        "messages",
        "",
        1024,
        Truncation.KEEP_START,
        Map.of(),
        Filter.NONE);
  }

  /** The prompts alone, in the order of the file. */
  public DataOptions promptsInFileOrder() {
    return new DataOptions(
        path,
        format,
        id,
        prompt,
        answer,
        system,
        tools,
        chat,
        templateArguments,
        continueFinalMessage,
        suffix,
        maxPromptTokens,
        tooLong,
        false);
  }

  /** The same with the rows in the order of the file. */
  public DataOptions inFileOrder() {
    return inFileOrder(form);
  }

  /** Those of held-out pairs, in the order of their file. */
  public DataOptions heldOutPairs() {
    return inFileOrder(form == DataForm.TURNS ? DataForm.TURNS : DataForm.PAIRS);
  }

  /** The same columns of another file, which is neither mixed with others nor of another order. */
  public DataOptions ofFile(String path, String format) {
    return copy(path, format, shuffle, form, filter);
  }

  private DataOptions inFileOrder(DataForm form) {
    return copy(path, format, false, form, Filter.NONE);
  }

  private DataOptions copy(
      String path, String format, boolean shuffle, DataForm form, Filter filter) {
    return new DataOptions(
        path,
        format,
        id,
        prompt,
        answer,
        system,
        tools,
        chat,
        templateArguments,
        continueFinalMessage,
        suffix,
        maxPromptTokens,
        tooLong,
        shuffle,
        form,
        chosen,
        rejected,
        chosenScore,
        rejectedScore,
        responses,
        scores,
        completion,
        label,
        messages,
        source,
        maxLength,
        truncation,
        Map.of(),
        filter);
  }

  /** Whether the file has no column of prompts: they are the common start of the responses. */
  public boolean mayLackPrompts() {
    return prompt.equals("prompt");
  }

  /** What happens to a prompt that is too long. */
  public enum TooLong {
    DROP,
    TRUNCATE_LEFT,
    ERROR
  }

  /** What happens to a prompt whose response makes it too long. */
  public enum Truncation {
    KEEP_START,
    KEEP_END,
    DROP
  }
}
