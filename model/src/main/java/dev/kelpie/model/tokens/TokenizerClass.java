package dev.kelpie.model.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.model.tokens.AddedToken.Place;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The class with which transformers 5 loads a tokenizer. {@link #FILE} takes the whole of {@code
 * tokenizer.json}; the others take its vocabulary, merges and post-processor, and have a pipeline
 * of their own.
 */
enum TokenizerClass {
  FILE(Map.of()),
  LLAMA(Map.of("bos_token", "<s>", "eos_token", "</s>", "unk_token", "<unk>")),
  QWEN2(
      Map.of(
          "eos_token",
          "<|endoftext|>",
          "pad_token",
          "<|endoftext|>",
          "unk_token",
          "<|endoftext|>")),
  GPT2(
      Map.of(
          "bos_token",
          "<|endoftext|>",
          "eos_token",
          "<|endoftext|>",
          "unk_token",
          "<|endoftext|>"));

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String QWEN2_WORDS =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
          + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  /** Names of the class that takes the file as it is. */
  private static final Set<String> FILE_NAMES =
      Set.of("PreTrainedTokenizer", "PreTrainedTokenizerFast", "TokenizersBackend");

  /** Classes of transformers with pipelines that Kelpie does not have. */
  private static final Set<String> OTHERS =
      Set.copyOf(
          Arrays.asList(
              ("Albert Bart Barthez Bartpho Bert BertJapanese Bertweet BigBird BioGpt"
                      + " Blenderbot BlenderbotSmall ByT5 CLIP CTRL Camembert Canine Clvp CodeLlama"
                      + " Cohere CpmAnt Cpm DPRQuestionEncoder Deberta DebertaV2 Dia Electra Esm"
                      + " Esmc FSMT Flaubert Funnel GPTNeoX GPTNeoXJapanese Gemma Herbert LED Lasr"
                      + " LayoutLMv2 LayoutLMv3 LayoutXLM Luke Lxmert MBart50 MBart MPNet MarkupLM"
                      + " Mgpstr MobileBert Mvp MyT5 Nllb Nougat OpenAIGPT PLBart Pegasus Perceiver"
                      + " Phobert ProphetNet Qwen3_5 Rag Reformer RemBert RoCBert RoFormer Roberta"
                      + " SeamlessM4T Siglip2 Splinter T5 Tapas Udop VideoPrism Vits Wav2Vec2CTC"
                      + " Wav2Vec2PhonemeCTC Whisper XGLM XLM XLMRoberta XLNet")
                  .split(" ")));

  /** Names of models whose checkpoints name a wrong class, in transformers 5.23. */
  private static final Set<String> OVERRULING =
      Set.copyOf(
          Arrays.asList(
              ("arctic chatlm ernie4_5 ernie4_5_moe fuyu h2ovl_chat hyperclovax hyperclovax_vlm"
                      + " hyperclovax_vision_v2 internlm2 internlm3 iquestcoder jamba llava"
                      + " llava_next minicpm3 minicpmv minimax_m2 modernbert modernbert-decoder"
                      + " molmo molmo2 nemotron nvfp4 opencua openvla paddleocr_vl phi3 phi3_v"
                      + " phimoe qwen2 qwen3_5 qwen3_5_moe qwen3_5_moe_text qwen4_exp step3_vl"
                      + " vipllava cohere_asr camembertv2-base siglip2 smolvlm")
                  .split(" ")));

  @SuppressWarnings("ImmutableEnumChecker") // made by Map.of
  private final Map<String, String> defaults;

  TokenizerClass(Map<String, String> defaults) {
    this.defaults = defaults;
  }

  /** The special tokens that it has where no file names them. */
  Map<String, String> defaults() {
    return defaults;
  }

  /**
   * The class for a checkpoint, as {@code AutoTokenizer} of transformers 5 chooses it.
   *
   * @param model {@code config.json}; empty when there is none
   * @param settings {@code tokenizer_config.json}; empty when there is none
   * @param file {@code tokenizer.json}
   */
  static TokenizerClass of(Path folder, JsonNode model, JsonNode settings, JsonNode file) {
    boolean inSettings = settings.hasNonNull("tokenizer_class");
    JsonNode named = (inSettings ? settings : model).path("tokenizer_class");
    String source = inSettings ? TokenSettings.CONFIG : "config.json";
    Place place = new Place("tokenizer_class", folder.resolve(source).toString());
    if (!named.isTextual() && !named.isNull() && !named.isMissingNode()) {
      throw place.error(named, "the name of a class");
    }
    String name = named.asText("").replaceFirst("Fast$", "");
    String type = model.path("model_type").asText();
    requireNoCode(folder, settings, type, name, file);
    if (type.equals("qwen2")) {
      return QWEN2; // whatever the files say
    } else if (type.equals("mistral")) {
      return FILE;
    } else if (type.equals("qwen3") && (name.isEmpty() || name.equals("Qwen2Tokenizer"))) {
      return QWEN2;
    }
    requireModelName(folder, model, type, name);
    return switch (name) {
      case "LlamaTokenizer" -> hasByteLevel(file) ? FILE : LLAMA;
      case "Qwen2Tokenizer" -> QWEN2;
      case "GPT2Tokenizer" -> GPT2;
      default -> {
        if (OTHERS.contains(name.replaceFirst("Tokenizer$", ""))) {
          throw place.error(
              named.asText(),
              "PreTrainedTokenizerFast, LlamaTokenizer, Qwen2Tokenizer, GPT2Tokenizer");
        }
        yield FILE;
      }
    };
  }

  /**
   * Refuses a {@code model_name} that makes transformers take the class of the model's type instead
   * of the one that a file names.
   */
  private static void requireModelName(Path folder, JsonNode model, String type, String named) {
    JsonNode name = model.path("model_name");
    if (!named.isEmpty() && !type.isEmpty() && OVERRULING.contains(name.asText())) {
      throw new Place("model_name", folder.resolve("config.json").toString())
          .error(name, "none, because with it transformers does not use tokenizer_class");
    }
  }

  /** Refuses an {@code auto_map} that runs code, or makes another rule choose the class. */
  private static void requireNoCode(
      Path folder, JsonNode settings, String type, String name, JsonNode file) {
    JsonNode code = settings.path("auto_map");
    JsonNode tokenizer = code.isArray() ? code : code.path("AutoTokenizer");
    if (tokenizer.isMissingNode() || tokenizer.isNull()) {
      return;
    }
    String key = code.isArray() ? "auto_map" : "auto_map.AutoTokenizer";
    Place place = new Place(key, folder.resolve(TokenSettings.CONFIG).toString());
    boolean ofFile = FILE_NAMES.contains(name + "Fast") || FILE_NAMES.contains(name);
    if (!ofFile && !List.of("LlamaTokenizer", "Qwen2Tokenizer", "GPT2Tokenizer").contains(name)) {
      throw place.error(tokenizer, "no code beside the checkpoint, which is never run");
    }
    boolean overruled =
        switch (type) {
          case "qwen2" -> !name.equals("Qwen2Tokenizer");
          case "mistral" -> !ofFile;
          default -> name.equals("LlamaTokenizer") && hasByteLevel(file);
        };
    if (overruled) { // beside code, transformers takes the named class whatever the type and file
      throw place.error(
          tokenizer, "none, because with it transformers takes tokenizer_class literally");
    }
  }

  /** transformers looks for the word anywhere in the file. */
  private static boolean hasByteLevel(JsonNode file) {
    return file.toString().contains("\"ByteLevel\"");
  }

  /**
   * Replaces the pipeline of {@code file}, which must be of pieces and merges.
   *
   * @param place type of the model in {@code file}
   */
  void apply(Path folder, ObjectNode file, JsonNode settings, Place place) {
    if (this == FILE) {
      return;
    }
    ObjectNode model = JSON.objectNode().put("type", "BPE");
    JsonNode old = file.path("model");
    if (!old.path("vocab").isObject() || !old.path("merges").isArray()) {
      throw place.error(old.path("type").asText(), "BPE, because of its tokenizer_class");
    }
    model.putNull("dropout").putNull("unk_token");
    model.set("vocab", old.get("vocab"));
    model.set("merges", old.get("merges"));
    JsonNode given = settings.path("add_prefix_space");
    boolean absent = given.isMissingNode() || (given.isNull() && this != GPT2);
    if (!absent && !given.isBoolean()) {
      throw new Place("add_prefix_space", folder.resolve(TokenSettings.CONFIG).toString())
          .error(given, "true or false");
    }
    if (this == LLAMA) {
      boolean prefix = !given.isBoolean() || given.booleanValue();
      model.put("fuse_unk", true).put("byte_fallback", true);
      file.putNull("normalizer");
      file.set("pre_tokenizer", metaspace(prefix, settings.path("legacy").asBoolean(false)));
      file.set("decoder", metaspaceDecoder(prefix));
    } else {
      boolean prefix = given.isBoolean() && given.booleanValue();
      model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "");
      model.put("fuse_unk", false).put("byte_fallback", false);
      file.set("decoder", byteLevel(true, true));
      if (this == QWEN2) {
        file.set("normalizer", type("NFC"));
        file.set("pre_tokenizer", qwen2(prefix));
      } else {
        file.putNull("normalizer");
        file.set("pre_tokenizer", byteLevel(prefix, true));
      }
    }
    file.set("model", model);
    file.putArray("added_tokens");
  }

  private static ObjectNode metaspace(boolean prefix, boolean legacy) {
    return type("Metaspace")
        .put("replacement", "▁")
        .put("prepend_scheme", !prefix ? "never" : legacy ? "always" : "first")
        .put("split", false);
  }

  private static ObjectNode metaspaceDecoder(boolean prefix) {
    ObjectNode sequence = type("Sequence");
    ArrayNode decoders = sequence.putArray("decoders");
    ObjectNode replace = type("Replace");
    replace.putObject("pattern").put("String", "▁");
    decoders.add(replace.put("content", " ")).add(type("ByteFallback")).add(type("Fuse"));
    if (prefix) {
      decoders.add(type("Strip").put("content", " ").put("start", 1).put("stop", 0));
    }
    return sequence;
  }

  private static ObjectNode qwen2(boolean prefix) {
    ObjectNode sequence = type("Sequence");
    ObjectNode split = type("Split");
    split.putObject("pattern").put("Regex", QWEN2_WORDS);
    sequence
        .putArray("pretokenizers")
        .add(split.put("behavior", "Isolated").put("invert", false))
        .add(byteLevel(prefix, false));
    return sequence;
  }

  private static ObjectNode byteLevel(boolean prefix, boolean regex) {
    return type("ByteLevel")
        .put("add_prefix_space", prefix)
        .put("trim_offsets", true)
        .put("use_regex", regex);
  }

  private static ObjectNode type(String name) {
    return JSON.objectNode().put("type", name);
  }
}
