package dev.kelpie.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.wire.http.Answer;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Map;

/** JSON of the page: numbers with six digits, null for a number that is not finite. */
public final class Json {
  public static final JsonMapper MAPPER = JsonMapper.builder().build();

  private static final MathContext DIGITS = new MathContext(6, RoundingMode.HALF_EVEN);
  private static final double WHOLE = 1e15;

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static void put(ObjectNode target, String name, double value) {
    if (!Double.isFinite(value)) {
      target.putNull(name);
    } else if (isWhole(value)) {
      target.put(name, (long) value);
    } else {
      target.put(name, rounded(value));
    }
  }

  static void add(ArrayNode target, double value) {
    if (!Double.isFinite(value)) {
      target.addNull();
    } else if (isWhole(value)) {
      target.add((long) value);
    } else {
      target.add(rounded(value));
    }
  }

  private static boolean isWhole(double value) {
    return value == Math.rint(value) && Math.abs(value) < WHOLE;
  }

  private static double rounded(double value) {
    return new BigDecimal(value).round(DIGITS).doubleValue();
  }

  /** The answer that carries {@code content}. */
  static Answer answer(HttpResponseStatus status, JsonNode content) {
    try {
      return new Answer(
          status,
          "application/json",
          MAPPER.writeValueAsBytes(content),
          Map.of("Cache-Control", "no-store"));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
