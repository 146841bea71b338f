package dev.kelpie.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.kelpie.jinja.Template;
import dev.kelpie.jinja.TemplateException;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ConfigJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Renders conversations in the form a checkpoint was trained on, by its own template: {@code
 * chat_template.jinja}, or {@code chat_template} in {@code tokenizer_config.json}. The text is what
 * transformers' {@code apply_chat_template} gives; a template that needs what we do not have is
 * refused, never rendered in part.
 */
public final class ChatTemplate {
  private static final String FILE = "chat_template.jinja";
  private static final String CONFIG = "tokenizer_config.json";
  private static final List<String> SPECIAL_TOKENS =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private final String place;
  private final Template template;
  private final Map<String, String> specialTokens;
  private final Clock clock;

  private ChatTemplate(
      String place, Template template, Map<String, String> specialTokens, Clock clock) {
    this.place = place;
    this.template = template;
    this.specialTokens = Map.copyOf(specialTokens);
    this.clock = clock;
  }

  /**
   * The template of the checkpoint in {@code folder}, if it has one.
   *
   * @throws CheckpointException with file and line if the template is broken or not supported
   */
  public static Optional<ChatTemplate> open(Path folder) {
    Path file = folder.resolve(FILE);
    Path config = folder.resolve(CONFIG);
    JsonNode json = parse(config);
    boolean own = Files.isRegularFile(file);
    Optional<String> source = own ? Optional.of(read(file)) : inConfig(json, config);
    return source.map(
        text -> of((own ? file : config).toString(), text, specialTokens(folder, json)));
  }

  /**
   * A template given as text.
   *
   * @param place what messages call it
   * @param specialTokens {@code bos_token} and its like; one that is missing prints as nothing
   */
  public static ChatTemplate of(String place, String source, Map<String, String> specialTokens) {
    try {
      Template template = Template.parse(source);
      return new ChatTemplate(place, template, specialTokens, Clock.system(ZoneId.systemDefault()));
    } catch (TemplateException e) {
      throw new CheckpointException(message(place, e), e);
    }
  }

  /** The same with another clock for templates that print the date. */
  public ChatTemplate at(Clock newClock) {
    return new ChatTemplate(place, template, specialTokens, newClock);
  }

  /**
   * The conversation as text, special tokens included: encode it without adding them again.
   *
   * @param addGenerationPrompt ends with what comes before the assistant's next words
   * @throws CheckpointException if the template refuses this conversation, or we the template
   */
  public String render(List<Message> messages, boolean addGenerationPrompt) {
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("messages", messages.stream().map(ChatTemplate::dict).toList());
    variables.put("tools", null);
    variables.put("documents", null);
    variables.put("add_generation_prompt", addGenerationPrompt);
    return render(variables);
  }

  /**
   * Renders with exactly these variables, beside the special tokens: {@code messages} may hold tool
   * calls, {@code tools} schemas, anything else what the template asks for.
   */
  public String render(Map<String, ? extends @Nullable Object> variables) {
    Map<String, @Nullable Object> all = new HashMap<>(specialTokens);
    all.putAll(variables);
    try {
      return template.render(all, clock);
    } catch (TemplateException e) {
      throw new CheckpointException(message(place, e), e);
    }
  }

  /** Templates may print a whole message, and Python's dicts keep their order. */
  private static Map<String, String> dict(Message message) {
    Map<String, String> dict = new LinkedHashMap<>();
    dict.put("role", message.role());
    dict.put("content", message.content());
    return dict;
  }

  private static String message(String place, TemplateException e) {
    String line = e.line() > 0 ? ":" + e.line() : "";
    return "chat template: " + e.getMessage() + ", " + place + line;
  }

  /** A string, or in older files a list of named templates, of which {@code default} is meant. */
  private static Optional<String> inConfig(JsonNode json, Path config) {
    JsonNode template = json.path("chat_template");
    if (template.isArray()) {
      for (JsonNode named : template) {
        if (named.path("name").asText().equals("default")) {
          return Optional.of(named.path("template").asText());
        }
      }
      throw new CheckpointException("chat_template: none is named default, " + config);
    }
    return template.isTextual() ? Optional.of(template.asText()) : Optional.empty();
  }

  private static Map<String, String> specialTokens(Path folder, JsonNode json) {
    JsonNode fallback = parse(folder.resolve("special_tokens_map.json"));
    Map<String, String> tokens = new HashMap<>();
    for (String name : SPECIAL_TOKENS) {
      JsonNode token = json.has(name) ? json.path(name) : fallback.path(name);
      JsonNode content = token.isObject() ? token.path("content") : token;
      if (content.isTextual()) {
        tokens.put(name, content.asText());
      }
    }
    return tokens;
  }

  private static JsonNode parse(Path file) {
    return Files.isRegularFile(file) ? ConfigJson.read(file) : MissingNode.getInstance();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new CheckpointException(file.getFileName() + ": " + e + ", " + file, e);
    }
  }
}
