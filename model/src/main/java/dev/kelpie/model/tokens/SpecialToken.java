package dev.kelpie.model.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.model.tokens.AddedToken.Place;
import java.util.Optional;

/**
 * A special token as a settings file names it.
 *
 * @param content its text
 * @param token its properties, where the file gives them; a string has none
 */
record SpecialToken(String content, Optional<AddedToken> token) {
  static SpecialToken of(AddedToken token) {
    return new SpecialToken(token.content(), Optional.of(token));
  }

  static SpecialToken named(String content) {
    return new SpecialToken(content, Optional.empty());
  }

  /** A string, or an object that says of itself that it is a token. */
  static SpecialToken of(JsonNode value, Place place) {
    if (value.isTextual()) {
      return named(value.textValue());
    }
    if (!value.path("__type").asText().equals("AddedToken")) {
      throw place.error(value, "a string or an object with __type = AddedToken");
    }
    return of(AddedToken.of(value, false, place));
  }

  /** Its properties; of a string those of a plain special token. */
  AddedToken properties() {
    return token.orElseGet(() -> AddedToken.special(content));
  }
}
