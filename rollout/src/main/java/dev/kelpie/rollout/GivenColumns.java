package dev.kelpie.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.Origin;
import dev.kelpie.model.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Reads the columns of a row with responses: prompt, responses, scores and labels, as TRL does. */
record GivenColumns(PromptRow row, DataOptions data) {
  private static final String RESPONSE = "response";
  private static final String DEMONSTRATION = "demonstration";

  private static final String TEXT_OR_MESSAGES =
      "a string, or with data.chat a list of messages of {role, content}";

  /** The row as prompt and responses. */
  GivenRow read() {
    refuseWhatTrlWouldUse();
    return switch (data.form()) {
      case PAIRS -> pair();
      case TURNS -> dialogues();
      case SCORED -> scored();
      case UNPAIRED -> unpaired();
      case DEMONSTRATIONS -> demonstration();
      case PROMPTS -> throw new IllegalStateException("a row without responses");
    };
  }

  /** TRL reads these columns unasked; another prompt than TRL's is not made in silence. */
  private void refuseWhatTrlWouldUse() {
    for (String name : GivenRow.IMAGES) {
      if (row.has(name) && !name.equals(data.prompt())) {
        throw row.error(
            "form", name, row.column("form", name), "none, because the model takes text alone");
      }
    }
    if (data.chat() && data.tools().isEmpty() && row.has(GivenRow.TOOLS)) {
      throw row.error(
          "tools",
          GivenRow.TOOLS,
          row.column("tools", GivenRow.TOOLS),
          "data.tools = \"tools\", because the chat template would write them; or no such column");
    }
  }

  private GivenRow pair() {
    JsonNode chosen = response("chosen", data.chosen());
    JsonNode rejected = response("rejected", data.rejected());
    if (chosen.isArray() != rejected.isArray()) {
      throw row.error(
          "rejected",
          data.rejected(),
          rejected,
          (chosen.isArray() ? "a list of messages" : "a string") + ", as column " + data.chosen());
    }
    Optional<JsonNode> prompt = prompt(true);
    String kind = kind(prompt, chosen);
    boolean equal = chosen.equals(rejected);
    List<Origin> origins = origins().ofPair();
    if (prompt.isPresent() && prompt.get().isArray() && chosen.isTextual()) {
      throw mixed(chosen, data.chosen(), "a list of messages, as column " + data.prompt());
    } else if (chosen.isTextual()) {
      GivenRow.Text text =
          prompt.isPresent()
              ? new GivenRow.Text(row.text(), List.of(chosen.textValue(), rejected.textValue()))
              : common(chosen.textValue(), rejected.textValue(), equal);
      return new GivenRow(kind, inForm(text), origins, equal);
    }
    RowMessages messages = new RowMessages(data, row.place());
    List<Message> better = messages.parse("chosen", data.chosen(), chosen);
    List<Message> worse = messages.parse("rejected", data.rejected(), rejected);
    if (prompt.isPresent() && prompt.get().isArray()) {
      return new GivenRow(
          kind, new GivenRow.Chat(chatPrompt(), List.of(better, worse)), origins, equal);
    }
    GivenRow.Chat chat = common(better, worse, equal);
    prompt.ifPresent(text -> requireSaid(text.textValue(), chat.prompt()));
    return new GivenRow(kind, chat, origins, equal);
  }

  private GivenRow.Text common(String chosen, String rejected, boolean equal) {
    OptionalInt end = CommonPrompt.end(chosen, rejected);
    if (end.isEmpty() && !equal) {
      throw noCommonPrompt();
    }
    int at = end.orElse(0);
    return new GivenRow.Text(
        chosen.substring(0, at) + (at > 0 ? data.suffix() : ""),
        List.of(chosen.substring(at), rejected.substring(at)));
  }

  private GivenRow.Chat common(List<Message> chosen, List<Message> rejected, boolean equal) {
    OptionalInt end = CommonPrompt.end(chosen, rejected);
    if (end.isEmpty() && !equal) {
      throw noCommonPrompt();
    }
    int at = end.orElse(0);
    RowMessages messages = new RowMessages(data, row.place());
    return new GivenRow.Chat(
        messages.withSuffix(withSystem(chosen.subList(0, at))),
        List.of(chosen.subList(at, chosen.size()), rejected.subList(at, rejected.size())));
  }

  private ConfigException noCommonPrompt() {
    return new ConfigException(
        String.format(
            Locale.ROOT,
            "%s: columns %s and %s have no common start (expected: a column %s, or the prompt at"
                + " the start of both)",
            row.place(),
            data.chosen(),
            data.rejected(),
            data.prompt()));
  }

  /** Some data sets repeat the first words of a conversation as a prompt. */
  private void requireSaid(String prompt, List<Message> messages) {
    boolean said =
        messages.stream()
            .anyMatch(
                message ->
                    message.content().map(Object::toString).orElse("").contains(prompt.strip()));
    if (!said) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: column %s is not in the conversation that columns %s and %s begin with"
                  + " (expected: the same prompt; or data.prompt = another column)",
              row.place(),
              data.prompt(),
              data.chosen(),
              data.rejected()));
    }
  }

  private GivenRow dialogues() {
    String chosen = requireText("chosen", data.chosen());
    String rejected = requireText("rejected", data.rejected());
    boolean equal = chosen.equals(rejected);
    List<Message> better =
        HumanDialogue.messages(chosen, row.place() + ": column " + data.chosen());
    List<Message> worse =
        HumanDialogue.messages(rejected, row.place() + ": column " + data.rejected());
    OptionalInt end = CommonPrompt.end(better, worse);
    int at = end.orElse(0);
    boolean answers =
        better.get(at).role().equals("assistant") && worse.get(at).role().equals("assistant");
    if (!equal && (end.isEmpty() || !answers)) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: columns %s and %s part before a turn of the assistant (expected: dialogues that"
                  + " part in an answer)",
              row.place(),
              data.chosen(),
              data.rejected()));
    }
    if (data.chat()) {
      return new GivenRow("dialogues", common(better, worse, equal), origins().ofPair(), equal);
    }
    String opened = HumanDialogue.text(better.subList(0, at)) + data.suffix() + "\n\nAssistant:";
    int skipped = HumanDialogue.text(better.subList(0, at)).length() + "\n\nAssistant:".length();
    return new GivenRow(
        "dialogues",
        new GivenRow.Text(opened, List.of(chosen.substring(skipped), rejected.substring(skipped))),
        origins().ofPair(),
        equal);
  }

  private GivenRow scored() {
    JsonNode list = row.column("responses", data.responses());
    if (!list.isArray() || list.isEmpty()) {
      throw row.error("responses", data.responses(), list, "a list of responses");
    }
    List<JsonNode> responses = new ArrayList<>();
    List<Double> scores = new ArrayList<>();
    List<Optional<String>> sources = new ArrayList<>();
    boolean objects = list.get(0).isObject();
    JsonNode column = objects ? list : row.column("scores", data.scores());
    if (!column.isArray() || column.size() != list.size()) {
      throw row.error(
          "scores", data.scores(), column, "a score for each of the " + list.size() + " responses");
    }
    for (int i = 0; i < list.size(); i++) {
      JsonNode response = list.get(i);
      if (response.isObject() != objects) {
        throw row.error("responses", data.responses(), response, "responses of one kind");
      }
      responses.add(objects ? key("completion", data.completion(), response) : response);
      scores.add(origins().score(objects ? key("scores", data.scores(), response) : column.get(i)));
      sources.add(
          objects && !data.source().isEmpty() && response.has(data.source())
              ? Optional.of(response.get(data.source()).asText())
              : Optional.empty());
    }
    JsonNode prompt = prompt(false).orElseThrow();
    for (JsonNode response : responses) {
      requireKind("responses", data.responses(), response);
      if (response.isArray() != responses.get(0).isArray()) {
        throw row.error("responses", data.responses(), response, "responses of one kind");
      }
    }
    List<Origin> origins = new ArrayList<>();
    for (int i = 0; i < scores.size(); i++) {
      origins.add(origins().of(RESPONSE, sources.get(i), OptionalDouble.of(scores.get(i))));
    }
    return explicit("responses", data.responses(), prompt, responses, origins);
  }

  private JsonNode key(String key, String name, JsonNode response) {
    JsonNode value = response.get(name);
    if (value == null || value.isNull()) {
      throw row.error(
          key, data.responses(), response, "objects with a key " + name + ", as data." + key);
    }
    return value;
  }

  private GivenRow unpaired() {
    JsonNode label = row.column("label", data.label());
    if (!label.isBoolean()) {
      throw row.error("label", data.label(), label, "true or false");
    }
    JsonNode response = response("completion", data.completion());
    Origin origin =
        origins().of(RESPONSE, Optional.empty(), OptionalDouble.of(label.booleanValue() ? 1 : 0));
    return explicit(
        "completion",
        data.completion(),
        prompt(false).orElseThrow(),
        List.of(response),
        List.of(origin));
  }

  private GivenRow demonstration() {
    Origin origin = origins().of(DEMONSTRATION, Optional.empty(), OptionalDouble.empty());
    if (!row.has(data.messages())) {
      JsonNode response = response("completion", data.completion());
      JsonNode prompt = prompt(false).orElseThrow();
      return explicit("completion", data.completion(), prompt, List.of(response), List.of(origin));
    }
    JsonNode list = row.column("messages", data.messages());
    if (!list.isArray()) {
      throw row.error("messages", data.messages(), list, "a list of messages");
    }
    requireChat("messages", data.messages(), list);
    RowMessages messages = new RowMessages(data, row.place());
    List<Message> all = messages.parse("messages", data.messages(), list);
    if (all.size() < 2 || !all.get(all.size() - 1).role().equals("assistant")) {
      throw row.error(
          "messages", data.messages(), list, "messages of which the last is the assistant's");
    }
    List<Message> before = withSystem(all.subList(0, all.size() - 1));
    return new GivenRow(
        "messages",
        new GivenRow.Chat(
            messages.withSuffix(before), List.of(all.subList(all.size() - 1, all.size()))),
        List.of(origin),
        false);
  }

  /** A prompt of its own column with {@code responses} of one kind. */
  private GivenRow explicit(
      String key, String name, JsonNode prompt, List<JsonNode> responses, List<Origin> origins) {
    JsonNode first = responses.get(0);
    if (prompt.isArray() != first.isArray()) {
      throw mixed(
          first,
          name,
          (prompt.isArray() ? "a list of messages" : "a string") + ", as column " + data.prompt());
    }
    String kind = kind(Optional.of(prompt), first);
    if (first.isTextual()) {
      List<String> texts = responses.stream().map(JsonNode::textValue).toList();
      return new GivenRow(kind, inForm(new GivenRow.Text(row.text(), texts)), origins, false);
    }
    RowMessages messages = new RowMessages(data, row.place());
    List<List<Message>> all =
        responses.stream().map(list -> messages.parse(key, name, list)).toList();
    return new GivenRow(kind, new GivenRow.Chat(chatPrompt(), all), origins, false);
  }

  /** Texts as they are, or with {@code data.chat} as what the user and the assistant say. */
  private GivenRow.Side inForm(GivenRow.Text text) {
    if (!data.chat()) {
      return text;
    }
    return new GivenRow.Chat(
        withSystem(List.of(new Message("user", text.prompt()))),
        text.responses().stream()
            .map(response -> List.of(new Message("assistant", response)))
            .toList());
  }

  private List<Message> chatPrompt() {
    RowMessages messages = new RowMessages(data, row.place());
    return withSystem(messages.parse(row.column("prompt", data.prompt())));
  }

  private List<Message> withSystem(List<Message> messages) {
    return messages.isEmpty()
        ? messages
        : new RowMessages(data, row.place()).withSystem(messages, row.system());
  }

  /** The prompt column; empty where a file of pairs has none. */
  private Optional<JsonNode> prompt(boolean mayLack) {
    if (mayLack && data.mayLackPrompts() && !row.has(data.prompt())) {
      return Optional.empty();
    }
    JsonNode prompt = row.column("prompt", data.prompt());
    requireKind("prompt", data.prompt(), prompt);
    return Optional.of(prompt);
  }

  private JsonNode response(String key, String name) {
    JsonNode value = row.column(key, name);
    requireKind(key, name, value);
    return value;
  }

  private void requireKind(String key, String name, JsonNode value) {
    if (!value.isTextual() && !(value.isArray() && !value.isEmpty())) {
      throw row.error(key, name, value, TEXT_OR_MESSAGES);
    }
    if (value.isArray()) {
      requireChat(key, name, value);
    }
  }

  private void requireChat(String key, String name, JsonNode value) {
    if (!data.chat()) {
      throw row.error(key, name, value, "a string; or data.chat = true for lists of messages");
    }
  }

  private String requireText(String key, String name) {
    JsonNode value = row.column(key, name);
    if (!value.isTextual()) {
      throw row.error(key, name, value, "a dialogue as text");
    }
    return value.textValue();
  }

  private ConfigException mixed(JsonNode value, String name, String expectation) {
    return row.error("form", name, value, expectation);
  }

  private String kind(Optional<JsonNode> prompt, JsonNode response) {
    String ofPrompt = prompt.map(GivenColumns::kind).orElse("none");
    return "prompt " + ofPrompt + ", responses " + kind(response);
  }

  private static String kind(JsonNode value) {
    return value.isTextual() ? "text" : "messages";
  }

  private GivenOrigins origins() {
    return new GivenOrigins(row, data);
  }
}
