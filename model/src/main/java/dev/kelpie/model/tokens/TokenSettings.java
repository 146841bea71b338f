package dev.kelpie.model.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.model.architecture.JsonFile;
import dev.kelpie.model.tokens.AddedToken.Place;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The tokens that {@code tokenizer_config.json} and the older {@code special_tokens_map.json} and
 * {@code added_tokens.json} name, with the precedence that {@code
 * PreTrainedTokenizerBase._from_pretrained} of transformers 5 has. The two older files count only
 * where {@code tokenizer_config.json} has no {@code added_tokens_decoder}.
 */
final class TokenSettings {
  static final String CONFIG = "tokenizer_config.json";
  static final String SPECIAL_MAP = "special_tokens_map.json";
  static final String ADDED = "added_tokens.json";

  /** The special tokens that every tokenizer may have, in the order in which they are added. */
  static final List<String> STANDARD =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private static final String EXTRA = "extra_special_tokens";
  private static final String ADDITIONAL = "additional_special_tokens";

  private final Path folder;
  private final ObjectNode config;
  private final SortedMap<Integer, AddedToken> decoder = new TreeMap<>();
  private final Map<Integer, Place> places = new HashMap<>();
  private final Map<String, Optional<SpecialToken>> standard = new HashMap<>();
  private final Map<String, SpecialToken> own = new LinkedHashMap<>();
  private final Map<String, SpecialToken> explicit = new LinkedHashMap<>();
  private final List<SpecialToken> extra = new ArrayList<>();
  private JsonNode additional = MissingNode.getInstance();
  private Place additionalPlace = new Place(ADDITIONAL, CONFIG);
  private boolean hasExtra;

  private TokenSettings(Path folder, ObjectNode config) {
    this.folder = folder;
    this.config = config;
  }

  /**
   * Reads the settings files of {@code folder} that exist.
   *
   * @param inFile the added tokens of {@code tokenizer.json} with their ids as written
   */
  static TokenSettings read(Path folder, ObjectNode config, Map<Integer, AddedToken> inFile) {
    TokenSettings settings = new TokenSettings(folder, config);
    settings.readConfig();
    if (config.has("added_tokens_decoder")) {
      settings.readDecoder();
    } else {
      settings.readOlderFiles();
      settings.decoder.putAll(inFile);
      inFile.keySet().forEach(settings.places::remove);
    }
    if (!settings.hasExtra && !settings.additional.isMissingNode()) {
      settings.addExtra(settings.additional, settings.additionalPlace);
    }
    settings.useDecoder();
    return settings;
  }

  /** Added tokens by id. */
  SortedMap<Integer, AddedToken> decoder() {
    return decoder;
  }

  /**
   * Where a settings file says that a token has {@code id}; nothing when it is from {@code
   * tokenizer.json}.
   */
  Optional<Place> place(int id) {
    return Optional.ofNullable(places.get(id));
  }

  /**
   * The special tokens by name: the standard ones first, then those of the model's own.
   *
   * @param absent what a tokenizer class has where no file says anything
   */
  Map<String, SpecialToken> named(Map<String, String> absent) {
    Map<String, SpecialToken> named = new LinkedHashMap<>();
    for (String name : STANDARD) {
      Optional<SpecialToken> token = standard.get(name);
      if (token != null) {
        token.ifPresent(value -> named.put(name, value));
      } else if (absent.containsKey(name)) {
        named.put(name, SpecialToken.named(absent.get(name)));
      }
    }
    named.putAll(own);
    named.putAll(explicit);
    return named;
  }

  /** Special tokens without a name. */
  Collection<SpecialToken> extra() {
    return List.copyOf(extra);
  }

  private void readConfig() {
    Place place = new Place(EXTRA, folder.resolve(CONFIG).toString());
    JsonNode list = config.path(EXTRA);
    boolean empty = list.isMissingNode() || list.isNull() || list.isEmpty();
    if (config.has(ADDITIONAL) && empty) {
      list = config.get(ADDITIONAL);
      place = new Place(ADDITIONAL, place.file());
    } else if (config.has(ADDITIONAL)) {
      additional = config.get(ADDITIONAL);
      additionalPlace = new Place(ADDITIONAL, place.file());
    }
    JsonNode specific = config.path("model_specific_special_tokens");
    for (Map.Entry<String, JsonNode> field : config.properties()) {
      String name = field.getKey();
      if (STANDARD.contains(name)) {
        standard.put(name, token(name, field.getValue(), place.file()));
      } else if (name.endsWith("_token") && field.getValue().isTextual()) {
        explicit.put(name, SpecialToken.named(field.getValue().textValue()));
      } else if (name.endsWith("_token") && field.getValue().isObject()) {
        own.put(name, SpecialToken.of(field.getValue(), new Place(name, place.file())));
      }
    }
    if (list.isObject()) {
      addNamed(list, place, explicit);
    } else if (!list.isMissingNode()) {
      hasExtra = true;
      addExtra(list, place);
    }
    if (explicit.isEmpty() && !specific.isMissingNode() && !specific.isNull()) {
      addNamed(specific, new Place("model_specific_special_tokens", place.file()), explicit);
    }
  }

  private void addNamed(JsonNode object, Place place, Map<String, SpecialToken> target) {
    if (!object.isObject()) {
      throw place.error(object, "an object of tokens by name");
    }
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      SpecialToken token = SpecialToken.of(field.getValue(), place.at(field.getKey()));
      if (STANDARD.contains(field.getKey())) {
        standard.put(field.getKey(), Optional.of(token));
      } else {
        target.put(field.getKey(), token);
      }
    }
  }

  private void addExtra(JsonNode list, Place place) {
    if (list.isNull()) {
      return;
    }
    if (!list.isArray()) {
      throw place.error(list, "a list of tokens");
    }
    for (int i = 0; i < list.size(); i++) {
      SpecialToken token = SpecialToken.of(list.get(i), place.at(i));
      if (!extra.contains(token)) {
        extra.add(token);
      }
    }
  }

  private static Optional<SpecialToken> token(String name, JsonNode value, String file) {
    return value.isNull()
        ? Optional.empty()
        : Optional.of(SpecialToken.of(value, new Place(name, file)));
  }

  private void readDecoder() {
    Place place = new Place("added_tokens_decoder", folder.resolve(CONFIG).toString());
    JsonNode map = config.get("added_tokens_decoder");
    if (!map.isObject()) {
      throw place.error(map, "an object of tokens by id");
    }
    for (Map.Entry<String, JsonNode> field : map.properties()) {
      int id = id(field.getKey(), place);
      Place at = place.at(field.getKey());
      decoder.put(id, AddedToken.of(field.getValue(), false, at));
      places.put(id, at);
    }
  }

  private static int id(String text, Place place) {
    if (!text.matches("\\d{1,9}")) {
      throw place.error(text, "an id");
    }
    return Integer.parseInt(text);
  }

  private void readOlderFiles() {
    // An object in tokenizer_config.json is no token yet where transformers looks these up.
    Map<String, JsonNode> named = new HashMap<>();
    STANDARD.forEach(name -> named.put(name, config.path(name)));
    readMap(named);
    Set<String> special = new HashSet<>();
    named.values().forEach(token -> addText(special, token));
    JsonNode list = config.path(EXTRA).isEmpty() ? config.path(ADDITIONAL) : config.path(EXTRA);
    list.forEach(token -> addText(special, token));
    Path file = folder.resolve(ADDED);
    if (!Files.exists(file)) {
      return;
    }
    for (Map.Entry<String, JsonNode> field :
        JsonFile.read(file, JsonFile.SETTINGS_BYTES).properties()) {
      Place place = new Place(field.getKey(), file.toString());
      if (!field.getValue().isIntegralNumber()) {
        throw place.error(field.getValue(), "an id");
      }
      int id = id(field.getValue().asText(), place);
      boolean marked = special.contains(field.getKey());
      decoder.put(id, new AddedToken(field.getKey(), false, false, false, !marked, marked));
      places.put(id, place);
    }
  }

  private static void addText(Set<String> texts, JsonNode token) {
    if (token.isTextual()) {
      texts.add(token.textValue());
    }
  }

  /** Reads the older file of special tokens, and puts their texts into {@code texts} by name. */
  private void readMap(Map<String, JsonNode> texts) {
    Path file = folder.resolve(SPECIAL_MAP);
    if (!Files.exists(file)) {
      return;
    }
    for (Map.Entry<String, JsonNode> field :
        JsonFile.read(file, JsonFile.SETTINGS_BYTES).properties()) {
      String name = field.getKey();
      JsonNode value = field.getValue();
      Place place = new Place(name, file.toString());
      if (name.equals(EXTRA) && value.isObject()) {
        addNamed(value, place, explicit);
      } else if (name.equals(EXTRA)) {
        hasExtra = true;
        addExtra(value, place);
      } else if (name.equals(ADDITIONAL)) {
        additional = value;
        additionalPlace = place;
      } else if (name.endsWith("_token")) {
        Optional<SpecialToken> token =
            value.isNull()
                ? Optional.empty()
                : Optional.of(
                    value.isObject()
                        ? SpecialToken.of(AddedToken.of(value, true, place))
                        : SpecialToken.of(value, place));
        if (STANDARD.contains(name)) {
          texts.put(name, value.isObject() ? value.get("content") : value);
          standard.put(name, token);
        } else {
          token.ifPresent(present -> own.put(name, present));
        }
      }
    }
  }

  /** A standard token that is an added token has its properties. */
  private void useDecoder() {
    Map<String, AddedToken> byContent = new HashMap<>();
    decoder.values().forEach(token -> byContent.put(token.content(), token));
    standard.replaceAll(
        (name, token) ->
            token.map(
                value ->
                    byContent.containsKey(value.content())
                        ? SpecialToken.of(byContent.get(value.content()))
                        : value));
  }
}
