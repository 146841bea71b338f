package dev.kelpie.rollout;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataForm;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rollout.rows.FileStamp;
import dev.kelpie.rollout.rows.RowColumns;
import dev.kelpie.rollout.rows.RowFile;
import dev.kelpie.rollout.rows.RowIndex;
import dev.kelpie.rollout.rows.RowOrder;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The prompts of a JSONL file: one JSON object per line, in UTF-8, columns named by the {@code
 * data} block of an experiment. Every row is read, rendered and encoded when the source is opened,
 * so a broken row is found before the run starts; but only its place is kept, and a prompt is read,
 * rendered and encoded again when it is asked for. May be used from several threads.
 *
 * <p>The prompt is a string or a list of {@code {role, content}} messages. With {@code data.chat}
 * it is rendered by the checkpoint's chat template, the assistant's turn opened; else a string is
 * encoded as it is, with the tokenizer's own special tokens. The answer is kept as it is written:
 * finding the number in {@code ... #### 72} is the reward's business. A prompt of more than {@code
 * data.max-prompt-tokens} tokens is left out, cut on its left, or an error; {@link #counts} has
 * their number.
 */
public final class JsonlPromptSource implements PromptSource, DataFile, AutoCloseable {
  /** Keeps these counters apart from those of sampling, whose last word is the step. */
  private static final int ORDER = 0x80000001;

  private final RowFile file;
  private final RowIndex index;
  private final RowReading reading;
  private final Counts counts;
  private final int longest;
  private final int longestSequence;
  private final int largest;
  private final String sha256;
  private final RowOrder order;
  private final Map<String, DataFile> others;

  /**
   * Number of rows, kept and left out.
   *
   * @param rows rows of the file
   * @param dropped prompts left out because they are too long
   * @param truncated prompts cut on their left because they are too long
   * @param equal pairs left out because both responses are the same
   * @param cut responses cut because they are too long
   * @param outside prompts left out by the filter
   * @param unseen prompts left out because the filter does not know them
   */
  public record Counts(
      int rows, int dropped, int truncated, int equal, int cut, int outside, int unseen) {
    /** Prompts of the source. */
    public int kept() {
      return rows - dropped - equal - outside - unseen;
    }
  }

  private JsonlPromptSource(
      RowFile file,
      RowReading reading,
      DataOptions data,
      PromptRows rows,
      Counts counts,
      String sha256,
      Map<String, DataFile> others,
      long seed) {
    this.file = file;
    this.index = rows.index();
    this.reading = reading;
    this.counts = counts;
    this.longest = rows.longest();
    this.longestSequence = rows.longestSequence();
    this.largest = rows.largest();
    this.sha256 = sha256;
    this.others = others;
    this.order =
        new RowOrder(
            index.size(),
            data.shuffle()
                ? Optional.of((pass, place) -> draw(seed, pass, place))
                : Optional.empty());
  }

  /**
   * Reads {@code file}, which has the columns of {@code data}.
   *
   * @param tokenizer the policy's; closed with the source
   * @param template the checkpoint's; needed where {@code data.chat()} is set
   * @param seed decides the order of each pass, where {@code data.shuffle()} is set
   * @throws ConfigException in one line, with file and line, on anything that is not right
   */
  public static JsonlPromptSource open(
      Path file,
      DataOptions data,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      long seed,
      ReadOptions options) {
    requireSettings(data, template);
    RowReading plain =
        data.form() == DataForm.PROMPTS
            ? new PromptReading(
                data,
                tokenizer,
                template,
                options.response(),
                options.members(),
                options.check(),
                options.filter())
            : new GivenReading(
                data, tokenizer, template, options.check(), new VerifiedText(tokenizer));
    Map<String, DataFile> others = new TreeMap<>();
    options
        .members()
        .files()
        .forEach(
            (name, source) ->
                source.data().ifPresent(one -> others.put("members." + name + ".path", one)));
    options.filter().data().ifPresent(run -> others.put("data.filter.pass-rate.run-path", run));
    RowReading reading = withVariants(plain, file, data, options, others);
    // No other file is read with these columns.
    String heldOut = data.form() == DataForm.PROMPTS ? "eval.path" : "eval.pairs-path";
    String ofData = isTraining(file, data) ? "data.path" : heldOut;
    String key = options.key().isEmpty() ? ofData : options.key();
    Set<String> columns = PromptRow.columns(data);
    columns.addAll(options.members().columns());
    RowFile rows =
        RowFile.open(key, file, new RowColumns(columns, options.metadata()), format(file, data));
    PromptRows kept = new PromptRows(rows, data);
    try {
      Optional<String> known = options.hashes().find(file, rows.stamp());
      rows.scan(reading::check, kept, known.isEmpty(), options.progress());
      requirePrompts(key, file, data, kept.counts());
      kept.requireNoProblem();
      kept.finish();
      return new JsonlPromptSource(
          rows, reading, data, kept, kept.counts(), known.orElse(rows.sha256()), others, seed);
    } catch (Throwable e) {
      kept.close();
      rows.close();
      throw e;
    }
  }

  private static boolean isTraining(Path file, DataOptions data) {
    return data.path().isEmpty() || file.equals(Path.of(data.path()));
  }

  /** Held-out prompts may be of another format than the training data; their name says so. */
  static RowFile.Format format(Path file, DataOptions data) {
    boolean parquet =
        isTraining(file, data)
            ? data.format().equals("parquet")
            : file.toString().endsWith(".parquet");
    return parquet ? RowFile.Format.PARQUET : RowFile.Format.JSONL;
  }

  private static RowReading withVariants(
      RowReading rows,
      Path file,
      DataOptions data,
      ReadOptions options,
      Map<String, DataFile> others) {
    if (options.variants().isEmpty()) {
      return rows;
    }
    Map<String, Shots> shots = new LinkedHashMap<>();
    options
        .variants()
        .forEach(
            (name, variant) -> {
              if (variant.shots().count() > 0) {
                Shots read = Shots.read(name, variant.shots(), file, data, options);
                read.file().ifPresent(one -> others.put("variants." + name + ".shots.path", one));
                shots.put(name, read);
              }
            });
    return new VariantReading(rows, data, options.variants(), shots);
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

  private static void requirePrompts(String key, Path file, DataOptions data, Counts counts) {
    if (counts.rows() == 0) {
      throw new ConfigException(key + ": " + file + " has no rows (expected: at least one)");
    } else if (counts.equal() == counts.rows()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: %s: both responses of all %d pairs are the same (expected: at least one pair of"
                  + " different responses)",
              key,
              file,
              counts.rows()));
    } else if (counts.kept() == 0 && counts.outside() + counts.unseen() > 0) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "data.filter.pass-rate: leaves none of the %d prompts of %s (expected: at least one;"
                  + " %d are outside its bounds, %d not in the run)",
              counts.rows(),
              file,
              counts.outside(),
              counts.unseen()));
    } else if (counts.kept() == 0) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "data.max-prompt-tokens: %s (expected: room for a prompt; all %s of %s are longer)",
              data.maxPromptTokens(),
              counts.rows(),
              file));
    }
  }

  private static long draw(long seed, long pass, int place) {
    int[] bits =
        Philox.block(
            place, (int) pass, (int) (pass >>> 32), ORDER, (int) seed, (int) (seed >>> 32));
    return (Integer.toUnsignedLong(bits[0]) << 32) | Integer.toUnsignedLong(bits[1]);
  }

  @Override
  public long size() {
    return index.size();
  }

  @Override
  public Prompt at(long position) {
    return inFileOrder(order.row(position));
  }

  /**
   * The prompt at {@code place}, below {@link #size}, in the order of the file.
   *
   * @throws ConfigException if the file has changed there
   */
  public Prompt inFileOrder(int place) {
    return reading.read(file.read(index.place(place)));
  }

  /** Tokens of the longest prompt. */
  public int longestPrompt() {
    return longest;
  }

  /** Tokens of the longest prompt with a response of its row. */
  public int longestSequence() {
    return longestSequence;
  }

  /** An upper bound of the bytes of the prompt at {@code position} in a message. */
  public int mostBytes(long position) {
    return index.second(order.row(position));
  }

  /** The same for the largest prompt. */
  public int mostBytesOfAll() {
    return largest;
  }

  /** Number of rows, and of those that are too long. */
  public Counts counts() {
    return counts;
  }

  @Override
  public int rows() {
    return counts.rows();
  }

  /** Other files that its rows are completed from, by the key that names them. */
  public Map<String, DataFile> others() {
    return Collections.unmodifiableMap(others);
  }

  @Override
  public String sha256() {
    return sha256;
  }

  /** The date that the chat template has written into prompts; empty if it has written none. */
  public Optional<LocalDate> renderedDate() {
    return reading.template().flatMap(ChatTemplate::renderedDate);
  }

  @Override
  public Path file() {
    return file.file();
  }

  @Override
  public int line(int place) {
    return index.place(place).line();
  }

  @Override
  public List<Integer> checks(int rows) {
    return CheckSums.ofBlocks(index.size(), rows, index::place);
  }

  @Override
  public FileStamp stamp() {
    return file.stamp();
  }

  /** Closes the files and the tokenizer. */
  @Override
  public void close() {
    file.close();
    reading.close();
    reading.tokenizer().close();
  }
}
