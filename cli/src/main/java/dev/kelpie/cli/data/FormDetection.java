package dev.kelpie.cli.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Recognises the form of rows by the names and values of their columns.
 *
 * @param name whose form it is, in words
 * @param settings the keys of {@code data} that differ from the defaults, but for the file
 */
record FormDetection(String name, Map<String, Object> settings) {
  private static final List<String> QUESTIONS =
      List.of("prompt", "question", "problem", "instruction", "query", "input", "context_messages");
  private static final List<String> ANSWERS =
      List.of("answer", "ground_truth", "solution", "final_answer", "label", "target");
  private static final String TRUTH = "ground_truth";

  FormDetection {
    settings = Map.copyOf(settings);
  }

  /**
   * The form of {@code rows}, which are the first of a file; empty where it is none that is known.
   */
  static Optional<FormDetection> of(List<ObjectNode> rows) {
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    Columns columns = new Columns(rows);
    return verl(columns)
        .or(() -> pairs(columns))
        .or(() -> scored(columns))
        .or(() -> completions(columns))
        .or(() -> messages(columns))
        .or(() -> prompts(columns));
  }

  private static Optional<FormDetection> verl(Columns columns) {
    boolean truth = columns.all("reward_model", model -> model.path(TRUTH).isValueNode());
    if (!truth || !columns.has("prompt")) {
      return Optional.empty();
    }
    Settings settings = new Settings(columns).chat("prompt");
    settings.put("answer", "reward_model." + TRUTH);
    return settings.named("prompts of verl");
  }

  private static Optional<FormDetection> pairs(Columns columns) {
    if (!columns.has("chosen") || !columns.has("rejected")) {
      return Optional.empty();
    }
    Settings settings = new Settings(columns).chat("chosen");
    if (!columns.has("prompt") && columns.all("chosen", FormDetection::isDialogue)) {
      settings.put("form", "turns");
      return settings.named("dialogues of HH-RLHF");
    }
    settings.put("form", "pairs");
    if (columns.all("score_chosen", JsonNode::isNumber)
        && columns.all("score_rejected", JsonNode::isNumber)) {
      settings.put("chosen-score", "score_chosen");
      settings.put("rejected-score", "score_rejected");
    }
    return settings.named("preference pairs of TRL");
  }

  private static boolean isDialogue(JsonNode value) {
    return value.isTextual() && value.textValue().startsWith("\n\nHuman:");
  }

  private static Optional<FormDetection> scored(Columns columns) {
    Settings settings = new Settings(columns);
    settings.put("form", "scored");
    if (columns.all("responses", FormDetection::isList)
        && columns.all("scores", FormDetection::isList)
        && columns.has("prompt")) {
      return settings.chat("prompt").named("scored lists");
    }
    boolean ultra =
        columns.all(
            "completions",
            list ->
                isList(list)
                    && list.get(0).has("response")
                    && list.get(0).path("overall_score").isNumber());
    if (ultra && columns.has("instruction")) {
      settings.put("prompt", "instruction");
      settings.put("responses", "completions");
      settings.put("completion", "response");
      settings.put("scores", "overall_score");
      return settings.named("scored lists of UltraFeedback");
    }
    return Optional.empty();
  }

  private static boolean isList(JsonNode value) {
    return value.isArray() && !value.isEmpty();
  }

  private static Optional<FormDetection> completions(Columns columns) {
    String completion = columns.first(List.of("completion", "response", "output")).orElse("");
    String prompt = columns.first(QUESTIONS).orElse("");
    if (completion.isEmpty() || prompt.isEmpty()) {
      return Optional.empty();
    }
    Settings settings = new Settings(columns).chat(prompt);
    settings.putUnlessUsual("completion", completion, "completion");
    settings.putUnlessUsual("prompt", prompt, "prompt");
    if (columns.all("label", JsonNode::isBoolean)) {
      settings.put("form", "unpaired");
      return settings.named("labelled completions of TRL");
    }
    settings.put("form", "demonstrations");
    return settings.named("prompts with completions of TRL");
  }

  private static Optional<FormDetection> messages(Columns columns) {
    String column = columns.first(List.of("messages", "conversations")).orElse("");
    if (column.isEmpty() || !columns.all(column, FormDetection::isConversation)) {
      return Optional.empty();
    }
    Settings settings = new Settings(columns).chat(column);
    if (columns.has(TRUTH)) {
      settings.put("prompt", column);
      settings.put("answer", TRUTH);
      return settings.named("prompts of open-instruct");
    }
    if (columns.all(column, list -> isLast(list, "assistant"))) {
      settings.put("form", "demonstrations");
      settings.putUnlessUsual("messages", column, "messages");
      return settings.named("conversations of TRL");
    }
    settings.put("prompt", column);
    settings.answer();
    return settings.named("conversations that the policy continues");
  }

  private static boolean isConversation(JsonNode value) {
    return isList(value) && value.get(0).has("role") && value.get(0).has("content");
  }

  private static boolean isLast(JsonNode messages, String role) {
    return messages.get(messages.size() - 1).path("role").asText().equals(role);
  }

  private static Optional<FormDetection> prompts(Columns columns) {
    String prompt = columns.first(QUESTIONS).orElse("");
    boolean right = columns.all(prompt, value -> value.isTextual() || isConversation(value));
    if (!right) {
      return Optional.empty();
    }
    Settings settings = new Settings(columns).chat(prompt);
    settings.putUnlessUsual("prompt", prompt, "prompt");
    settings.answer();
    boolean rlhf = List.of("input", "context_messages").contains(prompt);
    return settings.named(rlhf ? "prompts of OpenRLHF" : "prompts");
  }

  /** The columns of the first rows. */
  private record Columns(List<ObjectNode> rows) {
    /** Whether each row has a value in the column. */
    boolean has(String name) {
      return all(name, value -> true);
    }

    boolean all(String name, Predicate<JsonNode> kind) {
      return rows.stream().allMatch(row -> row.hasNonNull(name) && kind.test(row.get(name)));
    }

    Optional<String> first(List<String> names) {
      return names.stream().filter(this::has).findFirst();
    }
  }

  private record Settings(Columns columns, Map<String, Object> values) {
    Settings(Columns columns) {
      this(columns, new LinkedHashMap<>());
    }

    /** Lists of messages are rendered by a template. */
    Settings chat(String column) {
      if (columns.all(column, JsonNode::isArray)) {
        values.put("chat", true);
      }
      return this;
    }

    /** The column of reference answers, or none. */
    void answer() {
      putUnlessUsual("answer", columns.first(ANSWERS).orElse(""), "answer");
    }

    void put(String key, Object value) {
      values.put(key, value);
    }

    void putUnlessUsual(String key, String value, String usual) {
      if (!value.equals(usual)) {
        values.put(key, value);
      }
    }

    Optional<FormDetection> named(String name) {
      return Optional.of(new FormDetection(name, values));
    }
  }
}
