package dev.kelpie.runs.label;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A {@link LabelEvent} as a line of JSON. A number that does not exist is null. */
final class LabelLine {
  static final int FORMAT = 1;
  static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private static final String EXPECTED = "an object of kind label, undo or cut";

  private LabelLine() {}

  static String write(LabelEvent event) {
    ObjectNode json = JSON.createObjectNode().put("format", FORMAT);
    if (event instanceof Label label) {
      put(json, label);
    } else if (event instanceof LabelEvent.Undo undo) {
      json.put("kind", "undo").put("id", undo.id()).put("time", undo.time().toString());
      json.put("labeller", undo.labeller()).put("of", undo.of());
    } else if (event instanceof LabelEvent.Cut cut) {
      json.put("kind", "cut").put("time", cut.time().toString());
      json.put("bytes", cut.bytes()).put("text", cut.text());
    }
    return json.toString();
  }

  private static void put(ObjectNode json, Label label) {
    json.put("kind", "label").put("id", label.id()).put("time", label.time().toString());
    json.put("labeller", label.labeller()).put("item", label.item().toString());
    json.put("verdict", label.verdict()).put("left", label.swapped() ? "second" : "first");
    json.put("note", label.note()).put("millis", label.millis());
    json.put("prompt_id", label.promptId()).put("prompt", label.prompt());
    ArrayNode responses = json.putArray("responses");
    label.responses().forEach(responses::add);
    ArrayNode rewards = json.putArray("rewards");
    label.rewards().forEach(reward -> add(rewards, reward));
    if (Double.isFinite(label.probability())) {
      json.put("run_label", label.probability());
    } else {
      json.putNull("run_label");
    }
  }

  private static void add(ArrayNode numbers, double value) {
    if (Double.isFinite(value)) {
      numbers.add(value);
    } else {
      numbers.addNull();
    }
  }

  /**
   * The event of a line.
   *
   * @throws IOException with what is expected of a line
   */
  static LabelEvent read(String line) throws IOException {
    try {
      if (JSON.readTree(line) instanceof ObjectNode json) {
        return event(json);
      }
    } catch (JsonProcessingException | DateTimeException e) {
      throw new IOException(EXPECTED, e);
    } catch (IllegalArgumentException e) {
      throw new IOException(EXPECTED + "; " + e.getMessage(), e);
    }
    throw new IOException(EXPECTED);
  }

  private static LabelEvent event(ObjectNode json) throws IOException {
    if (json.path("format").asInt() != FORMAT) {
      throw new IOException("format " + FORMAT);
    }
    Instant time = Instant.parse(json.path("time").asText());
    return switch (json.path("kind").asText()) {
      case "label" -> label(json, time);
      case "undo" ->
          new LabelEvent.Undo(
              json.path("id").asText(),
              time,
              json.path("labeller").asText(),
              json.path("of").asText());
      case "cut" ->
          new LabelEvent.Cut(time, json.path("bytes").asLong(), json.path("text").asText());
      default -> throw new IOException(EXPECTED);
    };
  }

  private static Label label(ObjectNode json, Instant time) throws IOException {
    List<String> responses = new ArrayList<>();
    json.path("responses").forEach(text -> responses.add(text.asText()));
    List<Double> rewards = new ArrayList<>();
    json.path("rewards").forEach(reward -> rewards.add(number(reward)));
    ItemKey item = ItemKey.parse(json.path("item").asText());
    int sides = item.isPair() ? 2 : 1;
    if (responses.size() != sides
        || rewards.size() != sides
        || !item.texts().equals(LabelItem.hash(json.path("prompt").asText(), responses))) {
      throw new IOException("the texts and rewards of item " + item);
    }
    return new Label(
        json.path("id").asText(),
        time,
        json.path("labeller").asText(),
        item,
        json.path("verdict").asText(),
        json.path("left").asText().equals("second"),
        json.path("note").asText(),
        json.path("millis").asLong(),
        json.path("prompt_id").asText(),
        json.path("prompt").asText(),
        responses,
        rewards,
        number(json.path("run_label")));
  }

  private static double number(JsonNode node) {
    return node.isNumber() ? node.doubleValue() : Double.NaN;
  }
}
