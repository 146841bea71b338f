package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A whole answer.
 *
 * @param headers beyond those that every answer has
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to a socket; never compared
record Answer(HttpResponseStatus status, String type, byte[] body, Map<String, String> headers) {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";

  /** One line in words. */
  static Answer text(HttpResponseStatus status, String line) {
    return new Answer(status, TEXT, (line + "\n").getBytes(StandardCharsets.UTF_8), Map.of());
  }

  static Answer json(JsonNode content) {
    return new Answer(
        HttpResponseStatus.OK, JSON, Json.bytes(content), Map.of("Cache-Control", "no-store"));
  }

  static Answer notFound() {
    return text(HttpResponseStatus.NOT_FOUND, "no such page");
  }

  static Answer badRequest(String why) {
    return text(HttpResponseStatus.BAD_REQUEST, why);
  }
}
