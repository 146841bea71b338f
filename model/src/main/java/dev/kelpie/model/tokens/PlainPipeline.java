package dev.kelpie.model.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;

/**
 * Recognises a {@code tokenizer.json} that has only parts of which the tokenizer library is known
 * to come back: no regular expression but those of well-known models, no compiled table, no chain
 * of steps that multiplies the text. Anything else is first tried in a process of its own by {@link
 * TokenizerProbe}.
 */
final class PlainPipeline {
  private static final int MOST_STEPS = 12;

  /** The expressions of Qwen 2 and 3, Llama 3, Mistral (tekken), and of runs of white space. */
  private static final Set<String> EXPRESSIONS =
      Set.of(
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
              + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
              + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
          "[^\\r"
              + "\\n"
              + "\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r"
              + "\\n"
              + "\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}|"
              + " ?[^\\s\\p{L}\\p{N}]+[\\r"
              + "\\n"
              + "/]*|\\s*[\\r"
              + "\\n"
              + "]+|\\s+(?!\\S)|\\s+",
          ".",
          " {2,}",
          "\\s+",
          "\\p{N}{1,3}",
          "[\\r\\n]");

  private static final Set<String> STEPS =
      Set.of(
          "BertNormalizer",
          "Lowercase",
          "NFC",
          "NFD",
          "NFKC",
          "NFKD",
          "Nmt",
          "Prepend",
          "Replace",
          "Sequence",
          "StripAccents",
          "BertPreTokenizer",
          "ByteLevel",
          "Digits",
          "Metaspace",
          "Punctuation",
          "Split",
          "Whitespace",
          "WhitespaceSplit",
          "ByteFallback",
          "Fuse",
          "Strip",
          "WordPiece",
          "BertProcessing",
          "RobertaProcessing",
          "TemplateProcessing");

  private int steps;
  private int byteLevels;

  private PlainPipeline() {}

  /** Whether {@code json} is plain. */
  static boolean isPlain(JsonNode json) {
    for (String part : List.of("normalizer", "pre_tokenizer", "decoder", "post_processor")) {
      PlainPipeline pipeline = new PlainPipeline();
      if (!pipeline.isPlainPart(json.path(part), part)) {
        return false;
      }
    }
    return isPlainModel(json.path("model"));
  }

  private boolean isPlainPart(JsonNode node, String part) {
    if (node.isNull() || node.isMissingNode()) {
      return true;
    }
    String type = node.path("type").asText();
    if (!STEPS.contains(type) || ++steps > MOST_STEPS) {
      return false;
    }
    if (type.equals("Sequence")) {
      for (JsonNode item : node) {
        for (JsonNode step : item.isArray() ? item : List.<JsonNode>of()) {
          if (!isPlainPart(step, part)) {
            return false;
          }
        }
      }
      return true;
    }
    return switch (type) {
      case "ByteLevel" -> !part.equals("normalizer") && ++byteLevels <= 1;
      case "Prepend" -> node.path("prepend").asText().length() == 1;
      case "Replace" -> isPlainPattern(node) && node.path("content").asText().length() <= 1;
      case "Split" -> isPlainPattern(node);
      case "Strip" ->
          !part.equals("decoder") || (isAtMostOne(node, "start") && isAtMostOne(node, "stop"));
      case "TemplateProcessing" -> isPlainTemplate(node);
      default -> true;
    };
  }

  private static boolean isAtMostOne(JsonNode node, String key) {
    return node.path(key).canConvertToInt() && Math.abs(node.path(key).intValue()) <= 1;
  }

  private static boolean isPlainPattern(JsonNode node) {
    JsonNode pattern = node.path("pattern");
    return pattern.has("Regex")
        ? EXPRESSIONS.contains(pattern.path("Regex").asText())
        : !pattern.path("String").asText().isEmpty();
  }

  /** Every special token of the template has an id. */
  private static boolean isPlainTemplate(JsonNode node) {
    for (JsonNode token : node.path("special_tokens")) {
      if (token.path("ids").isEmpty()
          || token.path("ids").size() != token.path("tokens").size()
          || token.path("ids").size() > 8) {
        return false;
      }
    }
    return node.path("single").size() <= 16 && node.path("pair").size() <= 16;
  }

  /** A piece that is missing is an error that the library reports. */
  private static boolean isPlainModel(JsonNode model) {
    return switch (model.path("type").asText()) {
      case "BPE" ->
          isEmpty(model.path("dropout"))
              && isEmpty(model.path("continuing_subword_prefix"))
              && isEmpty(model.path("end_of_word_suffix"));
      case "WordPiece" -> model.path("max_input_chars_per_word").asInt(100) <= 1000;
      case "WordLevel", "Unigram" -> true;
      default -> false;
    };
  }

  private static boolean isEmpty(JsonNode value) {
    return value.isMissingNode()
        || value.isNull()
        || (value.isTextual() && value.asText().isEmpty());
  }
}
