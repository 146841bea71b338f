package dev.kelpie.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.kelpie.files.InputFile;
import dev.kelpie.jinja.Template;
import dev.kelpie.jinja.TemplateException;
import dev.kelpie.model.ChatRequest.End;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ConfigJson;
import dev.kelpie.model.tokens.TokenizerJson;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Renders conversations in the form a checkpoint was trained on, by its own template: {@code
 * chat_template.jinja}, or {@code chat_template} in {@code tokenizer_config.json}. Where there are
 * several, the one named {@code tool_use} renders conversations with tools. The text is what
 * transformers' {@code apply_chat_template} gives; a template that needs what we do not have is
 * refused, never rendered in part.
 */
public final class ChatTemplate {
  private static final String FILE = "chat_template.jinja";
  private static final String CONFIG = "tokenizer_config.json";
  static final String FOLDER = "additional_chat_templates";
  private static final String SUFFIX = ".jinja";
  private static final String DEFAULT = "default";
  private static final String TOOL_USE = "tool_use";
  private static final int MOST_BYTES = 1 << 22;

  /** Names that messages have their reasoning under, the usual one first. */
  private static final List<String> REASONING =
      List.of("reasoning_content", "thinking", "reasoning");

  private final String place;
  private final String source;
  private final Template template;
  private final Optional<Template> toolUse;
  private final Map<String, String> specialTokens;
  private final TemplateClock clock;

  private ChatTemplate(
      String place,
      String source,
      Template template,
      Optional<Template> toolUse,
      Map<String, String> specialTokens,
      TemplateClock clock) {
    this.place = place;
    this.source = source;
    this.template = template;
    this.toolUse = toolUse;
    this.specialTokens = Map.copyOf(specialTokens);
    this.clock = clock;
  }

  /**
   * The template of the checkpoint in {@code folder}, if it has one.
   *
   * @throws CheckpointException with file and line if the template is broken or not supported
   */
  public static Optional<ChatTemplate> open(Path folder) {
    Path config = folder.resolve(CONFIG);
    JsonNode json = parse(config);
    Map<String, String> named = new LinkedHashMap<>();
    Path file = folder.resolve(FILE);
    if (Files.exists(file)) {
      named.put(DEFAULT, read(folder, file));
    }
    for (Path other : additional(folder)) {
      String name = String.valueOf(other.getFileName());
      named.put(name.substring(0, name.length() - SUFFIX.length()), read(folder, other));
    }
    boolean own = !named.isEmpty();
    if (!own) {
      named.putAll(inConfig(json, config));
    }
    if (named.isEmpty()) {
      return Optional.empty();
    }
    String place = (own ? file : config).toString();
    String source = named.get(DEFAULT);
    if (source == null) {
      throw new CheckpointException("chat_template: none is named default, " + place);
    }
    Optional<Template> toolUse =
        Optional.ofNullable(named.get(TOOL_USE)).map(text -> parse(place, text));
    ChatTemplate template = of(place, source, TokenizerJson.specialTokens(folder));
    return Optional.of(
        new ChatTemplate(
            place, source, template.template, toolUse, template.specialTokens, template.clock));
  }

  /**
   * A template given as text.
   *
   * @param place what messages call it
   * @param specialTokens {@code bos_token} and its like; one that is missing prints as nothing
   */
  public static ChatTemplate of(String place, String source, Map<String, String> specialTokens) {
    return new ChatTemplate(
        place,
        source,
        parse(place, source),
        Optional.empty(),
        specialTokens,
        new TemplateClock(Clock.system(ZoneId.systemDefault())));
  }

  private static Template parse(String place, String source) {
    try {
      return Template.parse(source);
    } catch (TemplateException e) {
      throw new CheckpointException(message(place, e), e);
    }
  }

  /** The same with another clock for templates that print the date. */
  public ChatTemplate at(Clock newClock) {
    return new ChatTemplate(
        place, source, template, toolUse, specialTokens, new TemplateClock(newClock));
  }

  /**
   * The date that conversations were rendered with: that of the machine when the template was
   * opened. Empty as long as the template has not asked for it ({@code strftime_now}).
   */
  public Optional<LocalDate> renderedDate() {
    return clock.dateThatWasRead();
  }

  /**
   * The conversation as text, special tokens included: encode it without adding them again.
   *
   * @param addGenerationPrompt ends with what comes before the assistant's next words
   * @throws CheckpointException if the template refuses this conversation, or needs what is not
   *     supported
   */
  public String render(List<Message> messages, boolean addGenerationPrompt) {
    End end = addGenerationPrompt ? End.GENERATION_PROMPT : End.CONVERSATION;
    return render(new ChatRequest(messages, null, Map.of(), end));
  }

  /** The conversation of {@code request} as text, with tools and arguments. */
  public String render(ChatRequest request) {
    if (request.end() == End.FINAL_MESSAGE) {
      if (!source.contains(Message.CONTENT)) {
        throw new CheckpointException(
            "chat template: does not use content (expected: a message that can be continued), "
                + place);
      }
      FinalMessage last = FinalMessage.of(request.messages());
      return last.cut(render(request.with(last.marked(), End.CONVERSATION)));
    }
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("messages", request.messages().stream().map(ChatTemplate::dict).toList());
    variables.put("tools", request.tools());
    variables.put("documents", null);
    variables.put("add_generation_prompt", request.end() == End.GENERATION_PROMPT);
    variables.putAll(request.arguments());
    return render(variables);
  }

  /**
   * Renders with exactly these variables, beside the special tokens: {@code messages} may hold tool
   * calls, {@code tools} schemas, anything else what the template asks for.
   */
  public String render(Map<String, ? extends @Nullable Object> variables) {
    Map<String, @Nullable Object> all = new HashMap<>(specialTokens);
    all.putAll(variables);
    Template used = variables.get("tools") == null ? template : toolUse.orElse(template);
    try {
      return used.render(all, clock);
    } catch (TemplateException e) {
      throw new CheckpointException(message(place, e), e);
    }
  }

  /**
   * The message as transformers gives it to a template: keys without a value left out, and the
   * reasoning under the older names for it too. Templates may print a whole message, and Python's
   * dicts keep their order.
   */
  private static Map<String, Object> dict(Message message) {
    Map<String, Object> values = new LinkedHashMap<>();
    message
        .values()
        .forEach(
            (key, value) -> {
              if (value != null) {
                values.put(key, value);
              }
            });
    Object reasoning = null;
    for (String name : REASONING) {
      reasoning = reasoning == null ? values.get(name) : reasoning;
    }
    if (reasoning == null) {
      return values;
    }
    Map<String, Object> dict = new LinkedHashMap<>();
    dict.put("thinking", reasoning);
    dict.putAll(values);
    dict.put("reasoning_content", reasoning);
    return dict;
  }

  private static String message(String place, TemplateException e) {
    String line = e.line() > 0 ? ":" + e.line() : "";
    return "chat template: " + e.getMessage() + ", " + place + line;
  }

  /** A string, or in older files a list of named templates. */
  private static Map<String, String> inConfig(JsonNode json, Path config) {
    JsonNode template = json.path("chat_template");
    Map<String, String> named = new LinkedHashMap<>();
    if (template.isTextual()) {
      named.put(DEFAULT, template.asText());
    } else if (template.isArray()) {
      for (JsonNode one : template) {
        if (!one.path("name").isTextual() || !one.path("template").isTextual()) {
          throw new CheckpointException(
              "chat_template: a list (expected: of {name, template}, both strings), " + config);
        }
        named.put(one.path("name").asText(), one.path("template").asText());
      }
    } else if (!template.isMissingNode() && !template.isNull()) {
      throw new CheckpointException(
          "chat_template: not a string (expected: a template, or a list of them), " + config);
    }
    return named;
  }

  /** The files of the folder of further templates, in order of their names. */
  static List<Path> additional(Path folder) {
    Path others = folder.resolve(FOLDER);
    if (!Files.isDirectory(others)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(others)) {
      return files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().limit(100).toList();
    } catch (IOException e) {
      throw new CheckpointException(FOLDER + ": " + e.getMessage() + ", " + others, e);
    }
  }

  private static JsonNode parse(Path file) {
    return Files.isRegularFile(file) ? ConfigJson.read(file) : MissingNode.getInstance();
  }

  private static String read(Path folder, Path file) {
    try {
      InputFile.requireInside(folder, file);
      return InputFile.readText(file, MOST_BYTES);
    } catch (FileSystemException e) {
      throw new CheckpointException(file.getFileName() + ": " + e.getReason() + ", " + file, e);
    } catch (IOException e) {
      throw new CheckpointException(
          file.getFileName() + ": cannot be read (expected: a template), " + file, e);
    }
  }
}
