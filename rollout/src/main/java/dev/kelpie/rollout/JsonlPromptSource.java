package dev.kelpie.rollout;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The prompts of a JSONL file: one JSON object per line, in UTF-8, columns named by the {@code
 * data} block of an experiment. Every row is read, rendered and encoded when the source is opened,
 * so a broken row is found before the run starts.
 *
 * <p>The prompt is a string or a list of {@code {role, content}} messages. With {@code data.chat}
 * it is rendered by the checkpoint's chat template, the assistant's turn opened; else a string is
 * encoded as it is, with the tokenizer's own special tokens. The answer is kept as it is written:
 * finding the number in {@code ... #### 72} is the reward's business. All other columns become the
 * prompt's metadata. A prompt of more than {@code data.max-prompt-tokens} tokens is left out, cut
 * on its left, or an error; {@link #counts} has their number.
 */
public final class JsonlPromptSource implements PromptSource {
  /** Keeps these counters apart from those of sampling, whose last word is the step. */
  private static final int ORDER = 0x80000001;

  private final List<Prompt> prompts;
  private final Counts counts;
  private final boolean shuffled;
  private final long seed;
  private volatile Pass pass = new Pass(-1, List.of());

  /**
   * Number of rows, kept and left out.
   *
   * @param rows rows of the file
   * @param dropped prompts left out because they are too long
   * @param truncated prompts cut on their left because they are too long
   */
  public record Counts(int rows, int dropped, int truncated) {
    /** Prompts of the source. */
    public int kept() {
      return rows - dropped;
    }
  }

  /** The order of one pass over the data. */
  private record Pass(long number, List<Integer> order) {}

  private JsonlPromptSource(List<Prompt> prompts, Counts counts, boolean shuffled, long seed) {
    this.prompts = List.copyOf(prompts);
    this.counts = counts;
    this.shuffled = shuffled;
    this.seed = seed;
  }

  /**
   * Reads {@code file}, which has the columns of {@code data}.
   *
   * @param template the checkpoint's; needed where {@code data.chat()} is set
   * @param seed decides the order of each pass, where {@code data.shuffle()} is set
   * @throws ConfigException in one line, with file and line, on anything that is not right
   */
  public static JsonlPromptSource open(
      Path file,
      DataOptions data,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      long seed) {
    return open(file, data, tokenizer, template, seed, "");
  }

  /**
   * Reads {@code file} for supervised training: with {@code data.chat()} the metadata {@code
   * response} of a prompt is what the template writes behind it, the end of the turn included.
   *
   * @param response the column of responses; empty: none is written by the template
   */
  public static JsonlPromptSource open(
      Path file,
      DataOptions data,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      long seed,
      String response) {
    requireSettings(data, template);
    Rows rows = new Rows(data, tokenizer, template, response);
    // No other file is read with these columns.
    boolean training = data.path().isEmpty() || file.equals(Path.of(data.path()));
    String key = training ? "data.path" : "eval.path";
    JsonlLines.read(key, file, (line, object) -> rows.add(new PromptRow(file, line, object, data)));
    Counts counts = new Counts(rows.rows, rows.dropped, rows.truncated);
    if (counts.kept() == 0) {
      throw new ConfigException(
          counts.rows() == 0
              ? key + ": " + file + " has no rows (expected: at least one)"
              : String.format(
                  Locale.ROOT,
                  "data.max-prompt-tokens: %s (expected: room for a prompt; all %s of %s are"
                      + " longer)",
                  data.maxPromptTokens(),
                  counts.rows(),
                  file));
    }
    return new JsonlPromptSource(rows.prompts, counts, data.shuffle(), seed);
  }

  @Override
  public long size() {
    return prompts.size();
  }

  @Override
  public Prompt at(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position: " + position + " (expected: >= 0)");
    }
    int place = (int) (position % prompts.size());
    if (!shuffled) {
      return prompts.get(place);
    }
    long number = position / prompts.size();
    Pass current = pass;
    if (current.number() != number) {
      current = new Pass(number, order(number));
      pass = current;
    }
    return prompts.get(current.order().get(place));
  }

  /** All prompts as the file has them, each once. */
  public List<Prompt> inFileOrder() {
    return prompts;
  }

  /** Number of rows, and of those that are too long. */
  public Counts counts() {
    return counts;
  }

  /** Fisher-Yates by the run's seed and the number of the pass. */
  private List<Integer> order(long number) {
    List<Integer> order = new ArrayList<>(prompts.size());
    for (int i = 0; i < prompts.size(); i++) {
      order.add(i);
    }
    for (int i = prompts.size() - 1; i > 0; i--) {
      int[] bits =
          Philox.block(
              i, (int) number, (int) (number >>> 32), ORDER, (int) seed, (int) (seed >>> 32));
      // 64 random bits modulo at most 2^31: the bias is below 2^-33.
      long draw = (Integer.toUnsignedLong(bits[0]) << 32) | Integer.toUnsignedLong(bits[1]);
      int other = (int) Long.remainderUnsigned(draw, i + 1L);
      int moved = order.get(i);
      order.set(i, order.get(other));
      order.set(other, moved);
    }
    return order;
  }

  private static void requireSettings(DataOptions data, Optional<ChatTemplate> template) {
    if (data.chat() && template.isEmpty()) {
      throw new ConfigException(
          "data.chat: true (expected: false, because the policy's checkpoint has no chat"
              + " template)");
    }
    if (!data.chat() && !data.system().isEmpty()) {
      throw new ConfigException(
          "data.system: " + data.system() + " (expected: \"\", because data.chat = false)");
    }
    if (!data.chat() && !data.tools().isEmpty()) {
      throw new ConfigException(
          "data.tools: " + data.tools() + " (expected: \"\", because data.chat = false)");
    }
  }

  /** Collects rows as prompts. */
  private static final class Rows {
    private final DataOptions data;
    private final Tokenizer tokenizer;
    private final Optional<ChatTemplate> template;
    private final String response;
    private final List<Prompt> prompts = new ArrayList<>();
    private final Map<String, String> places = new HashMap<>();
    private int rows;
    private int dropped;
    private int truncated;

    Rows(DataOptions data, Tokenizer tokenizer, Optional<ChatTemplate> template, String response) {
      this.data = data;
      this.tokenizer = tokenizer;
      this.template = template;
      this.response = response;
    }

    void add(PromptRow row) {
      rows++;
      String id = row.id();
      String other = places.put(id, row.place());
      if (other != null) {
        throw new ConfigException(
            String.format(
                Locale.ROOT,
                "data.id: %s is there twice (expected: an id of each row's own), %s and %s",
                id,
                other,
                row.place()));
      }
      String text = data.chat() ? rendered(row) : row.text();
      TokenIds tokens = tokenizer.encode(text, !data.chat());
      if (tokens.length() == 0) {
        throw new ConfigException(row.place() + ": the prompt has no tokens");
      } else if (tokens.length() <= data.maxPromptTokens()) {
        prompts.add(new Prompt(id, text, tokens, row.answer(), metadata(row, text)));
      } else {
        addTooLong(row, id, text, tokens);
      }
    }

    private void addTooLong(PromptRow row, String id, String whole, TokenIds tokens) {
      switch (data.tooLong()) {
        case DROP -> dropped++;
        case TRUNCATE_LEFT -> {
          truncated++;
          TokenIds kept = tokens.slice(tokens.length() - data.maxPromptTokens(), tokens.length());
          String text = tokenizer.decode(kept, false);
          prompts.add(new Prompt(id, text, kept, row.answer(), metadata(row, whole)));
        }
        case ERROR ->
            throw new ConfigException(
                String.format(
                    Locale.ROOT,
                    "data.max-prompt-tokens: %s (expected: at least %s for the prompt at %s)",
                    data.maxPromptTokens(),
                    tokens.length(),
                    row.place()));
      }
    }

    /** The other columns, the response as the template writes it behind {@code prompt}. */
    private Map<String, String> metadata(PromptRow row, String prompt) {
      Map<String, String> metadata = row.metadata();
      String given = metadata.get(response);
      if (given != null && data.chat()) {
        metadata.put(response, rendered(row, form -> continuation(form, row, prompt, given)));
      }
      return metadata;
    }

    private static String continuation(
        ChatTemplate form, PromptRow row, String prompt, String given) {
      return Demonstration.continuation(form, row.conversation(), prompt, given);
    }

    private String rendered(PromptRow row) {
      return rendered(row, form -> form.render(row.conversation()));
    }

    private String rendered(PromptRow row, Function<ChatTemplate, String> rendering) {
      try {
        return rendering.apply(template.orElseThrow());
      } catch (CheckpointException e) {
        throw new ConfigException(row.place() + ": " + e.getMessage());
      }
    }
  }
}
