package dev.kelpie.rewards.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A line of a file of answers: what was asked of a model, what it cost, and the answer, if there
 * was one.
 *
 * @param key SHA-256 of the request, in hexadecimal; empty where there is no answer
 * @param model name of the model in the experiment
 * @param requests requests sent for it, repetitions included
 * @param input tokens of the request
 * @param output tokens of the answer
 */
record Kept(
    String key, String model, long requests, long input, long output, Optional<ChatAnswer> answer) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CHECK_DIGITS = 16;

  /** The line, with a check of its own at its end. */
  String line() throws JsonProcessingException {
    ObjectNode node = JSON.createObjectNode();
    node.put("key", key).put("model", model);
    node.put("requests", requests).put("input", input).put("output", output);
    if (answer.isPresent()) {
      node.put("text", answer.get().text()).put("complete", answer.get().complete());
      ObjectNode first = node.putObject("first");
      answer.get().first().forEach(first::put);
    }
    String body = JSON.writeValueAsString(node);
    return body.substring(0, body.length() - 1) + ",\"check\":\"" + check(body) + "\"}";
  }

  /** What {@link #line} wrote; empty for a line that is damaged. */
  static Optional<Kept> read(String line) {
    int end = line.length() - CHECK_DIGITS - ",\"check\":\"\"}".length();
    if (end <= 0 || !line.startsWith(",\"check\":\"", end)) {
      return Optional.empty();
    }
    String body = line.substring(0, end) + "}";
    if (!line.endsWith(",\"check\":\"" + check(body) + "\"}")) {
      return Optional.empty();
    }
    try {
      JsonNode node = JSON.readTree(body);
      Map<String, Double> first = new LinkedHashMap<>();
      node.path("first").properties().forEach(e -> first.put(e.getKey(), e.getValue().asDouble()));
      return Optional.of(
          new Kept(
              node.path("key").asText(),
              node.path("model").asText(),
              node.path("requests").asLong(),
              node.path("input").asLong(),
              node.path("output").asLong(),
              node.has("text")
                  ? Optional.of(
                      new ChatAnswer(
                          node.path("text").asText(), node.path("complete").asBoolean(), first))
                  : Optional.empty()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String check(String body) {
    return sha256(body).substring(0, CHECK_DIGITS);
  }

  /** SHA-256 of texts, each of which counts with its length, in hexadecimal. */
  static String sha256(String... texts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String text : texts) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        digest.update(bytes);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
