package dev.kelpie.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ConfigJson;
import dev.kelpie.model.tokens.TokenizerJson;
import dev.kelpie.model.tokens.TokenizerProbe;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The tokenizer of a checkpoint folder ({@code tokenizer.json}), the same code that transformers
 * runs. May be used from several threads. Never downloads anything.
 */
public final class Tokenizer implements AutoCloseable {
  static {
    // DJL reports its use to a server and may look for other native libraries on the network
    // unless these are set; a value given by the user stays.
    System.setProperty("OPT_OUT_TRACKING", System.getProperty("OPT_OUT_TRACKING", "true"));
    System.setProperty("ai.djl.offline", System.getProperty("ai.djl.offline", "true"));
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HuggingFaceTokenizer tokenizer;
  private final int vocabularySize;
  private final Map<String, String> specialTokens;

  private Tokenizer(
      HuggingFaceTokenizer tokenizer, int vocabularySize, Map<String, String> specialTokens) {
    this.tokenizer = tokenizer;
    this.vocabularySize = vocabularySize;
    this.specialTokens = specialTokens;
  }

  /**
   * Opens {@code folder/tokenizer.json} with the tokens and the class that {@code
   * tokenizer_config.json} names. Padding and truncation written in the file are switched off.
   *
   * @throws CheckpointException if the file is missing or broken, or if it has ids that the {@code
   *     vocab_size} of {@code folder/config.json}, where that exists, has no row for
   */
  public static Tokenizer open(Path folder) {
    Path file = folder.resolve(TokenizerJson.FILE);
    TokenizerJson files = TokenizerJson.open(folder);
    requireRows(folder, files.vocabularySize(), file);
    try {
      byte[] json = JSON.writeValueAsBytes(files.json());
      TokenizerProbe.require(files.json(), json, file);
      Map<String, String> options = Map.of("padding", "false", "truncation", "false");
      return new Tokenizer(
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options),
          files.vocabularySize(),
          files.specialTokens());
    } catch (CheckpointException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new CheckpointException("tokenizer.json: " + firstLine(e) + ", " + file, e);
    }
  }

  /**
   * The tokens of {@code text}. Special tokens written in the text are recognised.
   *
   * @param addSpecialTokens also those that the file's post-processor puts around a text, such as
   *     the bos token; leave them out for text that a chat template rendered
   * @throws CheckpointException if the tokenizer's own rules fail on the text, such as an unknown
   *     token that is not in its vocabulary
   * @throws ConfigException if the text has half of a surrogate pair: the library would read it as
   *     three replacement characters
   */
  public TokenIds encode(String text, boolean addSpecialTokens) {
    requireWhole(text);
    // DJL's own encode also copies offsets, masks and the text of every token, for as much time.
    long encoding;
    try {
      encoding = TokenizersLibrary.LIB.encode(tokenizer.getHandle(), text, addSpecialTokens);
    } catch (RuntimeException e) {
      throw new CheckpointException(
          "this text cannot be written in the policy's tokens: " + e.getMessage(), e);
    }
    try {
      return TokenIds.of(TokenizersLibrary.LIB.getTokenIds(encoding));
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  /**
   * The text of {@code ids}. A character whose bytes are cut becomes U+FFFD.
   *
   * @param skipSpecial leave out special tokens
   */
  public String decode(TokenIds ids, boolean skipSpecial) {
    return ids.length() == 0 ? "" : tokenizer.decode(ids.toLongArray(), skipSpecial);
  }

  /** One more than the largest id; a model's vocabulary is at least as large. */
  public int vocabularySize() {
    return vocabularySize;
  }

  /** The text of the special token that ends a text ({@code eos_token}), if one is named. */
  public Optional<String> endOfText() {
    return Optional.ofNullable(specialTokens.get("eos_token"));
  }

  /** The text of the special token that fills up batches ({@code pad_token}), if one is named. */
  public Optional<String> padding() {
    return Optional.ofNullable(specialTokens.get("pad_token"));
  }

  /** Frees native memory. */
  @Override
  public void close() {
    tokenizer.close();
  }

  private static void requireWhole(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new ConfigException(
            String.format(
                Locale.ROOT,
                "text: half of a surrogate pair, \\u%04x, at character %s (expected: whole"
                    + " characters)",
                (int) c,
                i));
      }
    }
  }

  private static void requireRows(Path folder, int size, Path file) {
    Path config = folder.resolve("config.json");
    if (!Files.isRegularFile(config)) {
      return;
    }
    int rows = ConfigJson.open(config).integer("vocab_size", size);
    if (rows < size) {
      throw CheckpointException.of(
          "vocab_size: %s (expected: at least %s, the ids of %s), %s",
          rows, size, file.getFileName(), config);
    }
  }

  private static String firstLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }
}
