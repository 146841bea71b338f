package dev.kelpie.rollout;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.named.VariantOptions;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptVariant;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.scoring.TextTemplate;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rollout.rows.Row;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes prompts with their variants: the same rows under the experiment's other templates. Without
 * {@code data.chat} {prompt} is the whole prompt as the model sees it; with it, the last message of
 * the user, and the checkpoint's template renders the result.
 *
 * @param rows makes the prompts themselves
 * @param variants the templates by name
 * @param shots the shots of those variants that have some
 */
record VariantReading(
    RowReading rows,
    DataOptions data,
    Map<String, VariantOptions> variants,
    Map<String, Shots> shots)
    implements RowReading {
  private static final String SCORE = "score";

  /**
   * The columns that templates name, beside those of the block {@code data}.
   *
   * @throws ConfigException for a template that is wrong
   */
  static MetadataColumns columns(Map<String, VariantOptions> variants) {
    Set<String> names = new TreeSet<>();
    variants.forEach(
        (name, variant) -> {
          String key = "variants." + name;
          names.addAll(placeholders(key + ".template", variant.template()));
          names.addAll(placeholders(key + ".shots.template", variant.shots().template()));
          names.add(variant.shots().by());
        });
    names.removeAll(Set.of("", "prompt", "shots", SCORE, "answer"));
    return MetadataColumns.of(names.toArray(String[]::new));
  }

  private static Set<String> placeholders(String key, String template) {
    try {
      return TextTemplate.of(template).placeholders();
    } catch (IllegalArgumentException e) {
      throw new ConfigException(key + ": " + e.getMessage());
    }
  }

  @Override
  public Checked check(Row row) {
    Checked checked = rows.check(row);
    if (checked.use() != Use.KEPT) {
      return checked;
    }
    Prompt prompt = rows.read(row);
    int longest = checked.tokens();
    int bytes = checked.bytes();
    boolean cut = checked.truncated();
    for (Map.Entry<String, VariantOptions> entry : variants.entrySet()) {
      PromptVariant whole = render(row, prompt, entry.getKey());
      String shown = whole.text().replace(PromptVariant.SCORE, "0"); // whatever the score will be
      int length = encode(row, shown).length();
      if (length > data.maxPromptTokens()) {
        if (data.tooLong() == DataOptions.TooLong.ERROR) {
          throw new ConfigException(
              String.format(
                  Locale.ROOT,
                  "data.max-prompt-tokens: %s (expected: at least %s for the variant %s of the"
                      + " prompt at %s)",
                  data.maxPromptTokens(),
                  length,
                  entry.getKey(),
                  row.place()));
        } else if (data.tooLong() == DataOptions.TooLong.DROP) {
          return dropped(checked);
        }
        cut = true;
      }
      longest = Math.max(longest, Math.min(length, data.maxPromptTokens()));
      bytes += 64 + whole.text().getBytes(StandardCharsets.UTF_8).length + 5 * length;
    }
    return new Checked(
        checked.id(),
        checked.kind(),
        checked.content(),
        longest,
        checked.sequence() + longest - checked.tokens(),
        bytes,
        checked.use(),
        cut,
        checked.cut(),
        checked.problem());
  }

  private static Checked dropped(Checked kept) {
    return new Checked(
        kept.id(),
        kept.kind(),
        kept.content(),
        kept.tokens(),
        0,
        0,
        Use.TOO_LONG,
        false,
        0,
        Optional.empty());
  }

  @Override
  public Prompt read(Row row) {
    Prompt prompt = rows.read(row);
    Map<String, PromptVariant> rendered = new LinkedHashMap<>();
    variants.keySet().forEach(name -> rendered.put(name, cut(render(row, prompt, name))));
    return prompt.withVariants(rendered);
  }

  private PromptVariant cut(PromptVariant variant) {
    int more = variant.tokens().length() - data.maxPromptTokens();
    if (more <= 0) {
      return variant;
    }
    TokenIds kept = variant.tokens().slice(more, variant.tokens().length());
    return new PromptVariant(tokenizer().decode(kept, false), kept);
  }

  /** The variant {@code name}, whole. */
  private PromptVariant render(Row row, Prompt prompt, String name) {
    VariantOptions options = variants.get(name);
    if (options == null) {
      throw new IllegalArgumentException("variant: " + name + " (expected: a known one)");
    }
    RowValues values = new RowValues(row, data, "variants." + name + ".template");
    TextTemplate template = TextTemplate.of(options.template());
    String text =
        data.chat()
            ? chat(row, template, values, name)
            : template.fill(key -> value(key, prompt.text(), row, values, name));
    boolean scored = template.placeholders().contains(SCORE);
    return new PromptVariant(text, scored ? TokenIds.empty() : encode(row, text));
  }

  private String value(String key, String prompt, Row row, RowValues values, String name) {
    return switch (key) {
      case "prompt" -> prompt;
      case SCORE -> PromptVariant.SCORE;
      case "shots" -> shotsOf(name).of(row, values);
      default -> values.of(key);
    };
  }

  private Shots shotsOf(String name) {
    Shots own = shots.get(name);
    if (own == null) {
      throw new IllegalArgumentException("shots of variant: " + name + " (expected: some)");
    }
    return own;
  }

  /** The conversation with its last message of the user under the template, rendered. */
  private String chat(Row row, TextTemplate template, RowValues values, String name) {
    ObjectNode used = row.used().deepCopy();
    if (used.get(data.prompt()) instanceof ArrayNode messages) {
      for (int i = messages.size() - 1; i >= 0; i--) {
        if (messages.get(i) instanceof ObjectNode message
            && message.path("role").asText().equals("user")
            && message.path("content").isTextual()) {
          String content = message.path("content").asText();
          message.put("content", template.fill(key -> value(key, content, row, values, name)));
          return rendered(row, used);
        }
      }
    } else if (used.get(data.prompt()) instanceof TextNode text) {
      used.put(data.prompt(), template.fill(key -> value(key, text.asText(), row, values, name)));
      return rendered(row, used);
    }
    throw new ConfigException(
        row.place()
            + ": variants."
            + name
            + ": no message of the user in the column "
            + data.prompt()
            + " (expected: one, which the template changes)");
  }

  private String rendered(Row row, ObjectNode used) {
    return PromptReading.text(new PromptRow(row.withUsed(used), data), data, template());
  }

  private TokenIds encode(Row row, String text) {
    TokenIds tokens = tokenizer().encode(text, !data.chat());
    if (tokens.length() == 0) {
      throw new ConfigException(row.place() + ": a variant of the prompt has no tokens");
    }
    return tokens;
  }

  @Override
  public Tokenizer tokenizer() {
    return rows.tokenizer();
  }

  @Override
  public Optional<ChatTemplate> template() {
    return rows.template();
  }
}
