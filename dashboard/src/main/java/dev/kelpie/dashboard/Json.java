package dev.kelpie.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.wire.http.Answer;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Map;

/** JSON of the page: numbers with six digits, null for a number that is not finite. */
final class Json {
  static final JsonMapper MAPPER = JsonMapper.builder().build();

  private static final MathContext DIGITS = new MathContext(6, RoundingMode.HALF_EVEN);
  private static final double WHOLE = 1e15;

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static void put(ObjectNode target, String name, double value) {
    target.set(name, number(value));
  }

  static void add(ArrayNode target, double value) {
    target.add(number(value));
  }

  private static JsonNode number(double value) {
    if (!Double.isFinite(value)) {
      return NullNode.getInstance();
    }
    boolean whole = value == Math.rint(value) && Math.abs(value) < WHOLE;
    return whole
        ? LongNode.valueOf((long) value)
        : DoubleNode.valueOf(new BigDecimal(value).round(DIGITS).doubleValue());
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
