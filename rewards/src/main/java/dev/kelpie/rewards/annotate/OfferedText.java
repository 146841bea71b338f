package dev.kelpie.rewards.annotate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A response that is to be judged, with its prompt.
 *
 * @param response its tokens
 * @param text its text
 */
record OfferedText(Prompt prompt, TokenIds response, String text) {
  static OfferedText of(Trajectory trajectory) {
    Prompt row = trajectory.prompt();
    Prompt plain = new Prompt(row.id(), row.text(), row.tokens(), row.answer(), row.metadata());
    return new OfferedText(plain, trajectory.response(), trajectory.text());
  }

  /** The SHA-256 of prompt, columns and response: texts with the same one are judged alike. */
  String key() {
    MessageDigest digest = sha256();
    add(digest, prompt.text());
    add(digest, prompt.answer().orElse(""));
    new TreeMap<>(prompt.metadata())
        .forEach(
            (name, value) -> {
              add(digest, name);
              add(digest, value);
            });
    add(digest, text);
    add(digest, response.toString());
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The SHA-256 of the keys of some texts, in order. */
  static String keyOf(List<OfferedText> texts) {
    MessageDigest digest = sha256();
    texts.forEach(one -> add(digest, one.key()));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
    digest.update(bytes);
  }

  void write(ObjectNode json) {
    json.put("id", prompt.id()).put("prompt", prompt.text());
    IntStream.of(prompt.tokens().toArray()).forEach(json.putArray("prompt-tokens")::add);
    prompt.answer().ifPresent(answer -> json.put("answer", answer));
    ObjectNode columns = json.putObject("columns");
    new TreeMap<>(prompt.metadata()).forEach(columns::put);
    json.put("response", text);
    IntStream.of(response.toArray()).forEach(json.putArray("response-tokens")::add);
  }

  /** The text that {@link #write} wrote. */
  static OfferedText read(JsonNode json) {
    Map<String, String> columns = new TreeMap<>();
    json.path("columns").properties().forEach(e -> columns.put(e.getKey(), e.getValue().asText()));
    Prompt prompt =
        new Prompt(
            json.path("id").asText(),
            json.path("prompt").asText(),
            tokens(json.path("prompt-tokens")),
            json.has("answer") ? Optional.of(json.path("answer").asText()) : Optional.empty(),
            columns,
            List.of());
    return new OfferedText(
        prompt, tokens(json.path("response-tokens")), json.path("response").asText());
  }

  private static TokenIds tokens(JsonNode ids) {
    return TokenIds.of(IntStream.range(0, ids.size()).map(i -> ids.get(i).asInt()).toArray());
  }
}
