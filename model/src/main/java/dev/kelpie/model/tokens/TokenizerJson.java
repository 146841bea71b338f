package dev.kelpie.model.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ConfigReading;
import dev.kelpie.model.architecture.JsonFile;
import dev.kelpie.model.tokens.AddedToken.Place;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The tokenizer of a checkpoint folder as one {@code tokenizer.json}: that file with the tokens
 * that {@code tokenizer_config.json}, {@code special_tokens_map.json} and {@code added_tokens.json}
 * add to it, and with the pipeline of the tokenizer class where transformers has one. Follows
 * {@code TokenizersBackend} of transformers 5. Padding and truncation are off.
 *
 * @param json for the tokenizer library; within the bounds of {@link TokenizerLimits}
 * @param vocabularySize one more than the largest id
 * @param specialTokens texts of the special tokens by name, such as {@code eos_token}
 * @param reading what was made of the keys of {@code tokenizer_config.json}
 * @param sources what was made of the other files that there are
 */
public record TokenizerJson(
    ObjectNode json,
    int vocabularySize,
    Map<String, String> specialTokens,
    ConfigReading reading,
    List<Source> sources) {
  /** The name of the file. */
  public static final String FILE = "tokenizer.json";

  private static final int MOST_BYTES = 64 << 20;
  private static final Set<String> FORMS = Set.of("NFC", "NFD", "NFKC", "NFKD");

  /**
   * A file and what it is used for.
   *
   * @param file its name
   * @param use a phrase, such as {@code read}
   */
  public record Source(String file, String use) {}

  public TokenizerJson {
    specialTokens = Collections.unmodifiableMap(new LinkedHashMap<>(specialTokens));
    sources = List.copyOf(sources);
  }

  /**
   * Reads the files of {@code folder}.
   *
   * @throws CheckpointException if {@code tokenizer.json} is missing, or a file is broken, passes a
   *     bound or says what Kelpie cannot do
   */
  public static TokenizerJson open(Path folder) {
    Path file = folder.resolve(FILE);
    requireThere(folder, file);
    ObjectNode json = JsonFile.read(file, MOST_BYTES);
    TokenizerLimits.require(json, file);
    ObjectNode config = settings(folder.resolve(TokenSettings.CONFIG));
    ObjectNode model = settings(folder.resolve("config.json"));
    requireSupported(config, json, folder.resolve(TokenSettings.CONFIG));
    List<AddedToken> inFile = new ArrayList<>();
    Map<Integer, AddedToken> byId = new HashMap<>();
    readAdded(json, file, inFile, byId);
    TokenSettings settings = TokenSettings.read(folder, config, byId);
    TokenizerClass kind = TokenizerClass.of(folder, model, config, json);
    Map<String, SpecialToken> named = settings.named(absent(kind, json, file));
    List<String> notes = new ArrayList<>();
    if (kind != TokenizerClass.FILE) {
      replacePipeline(folder, kind, json, config, file, notes);
      inFile = List.of();
    }
    AddedVocabulary added =
        new AddedVocabulary(
            TokenizerLimits.vocabulary(json, file), json.path("model").path("vocab").size());
    inFile.forEach(added::add);
    addSettings(added, settings, named);
    if (kind == TokenizerClass.QWEN2) {
      Set<String> special = new LinkedHashSet<>();
      named.values().forEach(token -> special.add(token.content()));
      settings.extra().forEach(token -> special.add(token.content()));
      special.forEach(content -> added.add(AddedToken.special(content)));
    }
    added.contents().forEach(content -> TokenizerLimits.requireLength(content, file));
    requireIds(added, settings, byId, notes);
    requireStable(added, json.path("normalizer"), file);
    write(added, json);
    TokenizerLimits.requireAdded(added.contents().size(), file);
    for (String part : json.properties().stream().map(Map.Entry::getKey).toList()) {
      TokenizerLimits.requireReadable(json.get(part), part, file);
    }
    int largest = Math.max(TokenizerLimits.largestId(json, file), added.largest());
    return new TokenizerJson(
        json,
        largest + 1,
        contents(named),
        reading(config, folder.resolve(TokenSettings.CONFIG), notes),
        sources(folder, config, json));
  }

  /** Throws with the command that writes the file where a model lies in {@code folder}. */
  private static void requireThere(Path folder, Path file) {
    if (Files.exists(file) || !Files.isRegularFile(folder.resolve("config.json"))) {
      return;
    }
    boolean older =
        Stream.of("vocab.json", "tokenizer.model", "spiece.model")
            .anyMatch(name -> Files.exists(folder.resolve(name)));
    throw CheckpointException.of(
        "%s: missing (expected: the tokenizer, %s by python3 -c \"from transformers import"
            + " AutoTokenizer as T; T.from_pretrained('%s').save_pretrained('%s')\"), %s",
        FILE,
        older ? "written from the folder's other files" : "fetched from the model's origin",
        older ? folder : "ORGANISATION/MODEL",
        folder,
        file);
  }

  /**
   * The texts of the special tokens by name, as {@link #open} gives them; also for a folder without
   * {@code tokenizer.json}.
   *
   * @throws CheckpointException if a file is broken or says what Kelpie cannot do
   */
  public static Map<String, String> specialTokens(Path folder) {
    Path file = folder.resolve(FILE);
    ObjectNode json = Files.exists(file) ? JsonFile.read(file, MOST_BYTES) : settings(file);
    ObjectNode config = settings(folder.resolve(TokenSettings.CONFIG));
    ObjectNode model = settings(folder.resolve("config.json"));
    TokenizerClass kind = TokenizerClass.of(folder, model, config, json);
    TokenSettings settings = TokenSettings.read(folder, config, Map.of());
    return contents(settings.named(absent(kind, json, file)));
  }

  private static Map<String, String> contents(Map<String, SpecialToken> named) {
    Map<String, String> contents = new LinkedHashMap<>();
    named.forEach((name, token) -> contents.put(name, token.content()));
    return contents;
  }

  /**
   * The special tokens where no settings name them: those of the class, and the token that {@code
   * tokenizer.json} pads with.
   */
  private static Map<String, String> absent(TokenizerClass kind, ObjectNode json, Path file) {
    Map<String, String> absent = new HashMap<>(kind.defaults());
    JsonNode padding = json.path("padding");
    if (padding.isObject()) {
      JsonNode token = padding.path("pad_token");
      if (!token.isTextual()) {
        throw new Place("padding.pad_token", file.toString()).error(token, "the text of a token");
      }
      absent.putIfAbsent("pad_token", token.textValue());
    }
    return absent;
  }

  /** The id of the token {@code content}, if there is one. */
  public Optional<Integer> id(String content) {
    for (JsonNode token : json.path("added_tokens")) {
      if (token.path("content").asText().equals(content)) {
        return Optional.of(token.path("id").asInt());
      }
    }
    JsonNode id = json.path("model").path("vocab").path(content);
    return id.isInt() ? Optional.of(id.intValue()) : Optional.empty();
  }

  private static List<Source> sources(Path folder, JsonNode config, JsonNode json) {
    List<Source> sources = new ArrayList<>();
    String model = json.path("model").path("type").asText();
    int added = json.path("added_tokens").size();
    sources.add(new Source(FILE, "read: " + model + "; " + added + " added tokens in all files"));
    boolean newer = config.has("added_tokens_decoder");
    for (String older : List.of(TokenSettings.SPECIAL_MAP, TokenSettings.ADDED)) {
      if (Files.exists(folder.resolve(older))) {
        String reason = "not read, because tokenizer_config.json has added_tokens_decoder";
        sources.add(new Source(older, newer ? reason : "read"));
      }
    }
    for (String other : List.of("vocab.json", "merges.txt", "tokenizer.model", "tekken.json")) {
      if (Files.exists(folder.resolve(other))) {
        sources.add(new Source(other, "not read, because there is " + FILE));
      }
    }
    return sources;
  }

  private static ObjectNode settings(Path file) {
    return Files.exists(file)
        ? JsonFile.read(file, JsonFile.SETTINGS_BYTES)
        : JsonNodeFactory.instance.objectNode();
  }

  private static void readAdded(
      ObjectNode json, Path file, List<AddedToken> inOrder, Map<Integer, AddedToken> byId) {
    JsonNode list = json.path("added_tokens");
    if (!list.isArray() && !list.isMissingNode()) {
      throw new Place("added_tokens", file.toString()).error(list, "a list");
    }
    for (int i = 0; i < list.size(); i++) {
      Place place = new Place("added_tokens." + i, file.toString());
      JsonNode id = list.get(i).path("id");
      if (!id.canConvertToInt() || id.intValue() < 0) {
        throw place.at("id").error(id, "an id");
      }
      AddedToken token = AddedToken.of(list.get(i), false, place);
      inOrder.add(token);
      byId.put(id.intValue(), token);
    }
  }

  private static void replacePipeline(
      Path folder,
      TokenizerClass kind,
      ObjectNode json,
      ObjectNode config,
      Path file,
      List<String> notes) {
    Map<String, JsonNode> before = new LinkedHashMap<>();
    for (String part : List.of("normalizer", "pre_tokenizer", "decoder")) {
      before.put(part, json.path(part));
    }
    kind.apply(folder, json, config, new Place("model.type", file.toString()));
    before.forEach(
        (part, old) -> {
          if (!json.path(part).equals(old)) {
            notes.add(
                part
                    + " of "
                    + FILE
                    + " is replaced by the one of the tokenizer class "
                    + kind.name().toLowerCase(Locale.ROOT)
                    + ", as in transformers 5");
          }
        });
  }

  /** Adds the tokens of the settings in the order of {@code TokenizersBackend.__init__}. */
  private static void addSettings(
      AddedVocabulary added, TokenSettings settings, Map<String, SpecialToken> named) {
    List<SpecialToken> toAdd = new ArrayList<>();
    for (AddedToken token : settings.decoder().values()) {
      if (!added.contains(token)) {
        toAdd.add(SpecialToken.of(token));
      }
    }
    Set<String> known = new TreeSet<>(added.contents());
    toAdd.forEach(token -> known.add(token.content()));
    List<SpecialToken> special = new ArrayList<>(named.values());
    special.addAll(settings.extra());
    for (SpecialToken token : special) {
      if (!known.contains(token.content()) && !toAdd.contains(token)) {
        toAdd.add(token);
      }
    }
    Set<String> names = new TreeSet<>();
    named.values().forEach(token -> names.add(token.content()));
    for (SpecialToken token : toAdd) {
      AddedToken properties = token.properties();
      added.add(names.contains(token.content()) ? properties.asSpecial() : properties);
    }
  }

  /** The library gives ids itself; refuses a file that says another one. */
  private static void requireIds(
      AddedVocabulary added,
      TokenSettings settings,
      Map<Integer, AddedToken> inFile,
      List<String> notes) {
    settings
        .decoder()
        .forEach(
            (id, token) -> {
              int given = added.id(token.content());
              settings
                  .place(id)
                  .filter(place -> given != id)
                  .ifPresent(
                      place -> {
                        throw place.error(
                            "id " + id + " for " + token.content(),
                            "id " + given + ", which the tokenizer library gives this token");
                      });
            });
    inFile.forEach(
        (id, token) -> {
          int given = added.id(token.content());
          if (given >= 0 && given != id) {
            notes.add(
                FILE + " writes id " + id + " for " + token.content() + ", which has id " + given);
          }
        });
  }

  /**
   * Refuses tokens that are looked for in the normalised text and are another text there: versions
   * of the tokenizer library find them at different places.
   */
  private static void requireStable(AddedVocabulary added, JsonNode normalizer, Path file) {
    for (AddedToken token : added.versions()) {
      if (token.normalized() && !isStable(token.content(), normalizer)) {
        throw new Place("normalized", file.toString())
            .error(
                "true for the added token " + token.content(),
                "false, because the normalizer may change the token");
      }
    }
  }

  /** Whether {@code normalizer} surely leaves {@code text} as it is. */
  private static boolean isStable(String text, JsonNode normalizer) {
    if (normalizer.isNull() || normalizer.isMissingNode()) {
      return true;
    }
    String type = normalizer.path("type").asText();
    if (type.equals("Sequence")) {
      for (JsonNode step : normalizer.path("normalizers")) {
        if (!isStable(text, step)) {
          return false;
        }
      }
      return true;
    }
    return FORMS.contains(type) && Normalizer.isNormalized(text, Normalizer.Form.valueOf(type));
  }

  private static void write(AddedVocabulary added, ObjectNode json) {
    ArrayNode list = json.putArray("added_tokens");
    for (AddedToken token : added.inOrder()) {
      list.add(token.toJson(added.id(token.content())));
    }
    json.putNull("padding");
    json.putNull("truncation");
  }

  private static void requireSupported(ObjectNode config, ObjectNode json, Path file) {
    for (String key : SettingKeys.REFUSED) {
      if (config.hasNonNull(key)) {
        throw new Place(key, file.toString()).error(config.get(key), "it is left out");
      }
    }
    requireFalse(config, "split_special_tokens", file);
    requireFalse(config, "fix_mistral_regex", file);
    for (String key : List.of("fast_tokenizer_files", "init_inputs")) {
      if (config.hasNonNull(key) && !config.get(key).isEmpty()) {
        throw new Place(key, file.toString())
            .error(config.get(key), "none, because only " + FILE + " is read");
      }
    }
    String clean = "clean_up_tokenization_spaces";
    boolean bpe = json.path("model").path("type").asText("BPE").equals("BPE");
    if (!bpe || config.path(clean + "_for_bpe_even_though_it_will_corrupt_output").asBoolean()) {
      requireFalse(config, clean, file);
    }
  }

  private static void requireFalse(ObjectNode config, String key, Path file) {
    if (config.hasNonNull(key) && !config.get(key).equals(config.booleanNode(false))) {
      throw new Place(key, file.toString()).error(config.get(key), "false");
    }
  }

  private static ConfigReading reading(ObjectNode config, Path file, List<String> notes) {
    List<String> read = new ArrayList<>();
    List<String> ignored = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : config.properties()) {
      String key = field.getKey();
      if (SettingKeys.IGNORED.contains(key) || SettingKeys.REFUSED.contains(key)) {
        ignored.add(key);
      } else if (SettingKeys.READ.contains(key) || key.endsWith("_token")) {
        read.add(key);
      } else {
        unknown.add(key);
        warnings.add(key + ": not used, because its meaning is not known, " + file);
      }
    }
    warnings.addAll(notes);
    return new ConfigReading(file, read, ignored, unknown, warnings, "");
  }
}
