package dev.kelpie.runs.label;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** A {@link QueueEvent} as a line of JSON. */
final class QueueLine {
  private static final String EXPECTED = "an object of kind opened, asked, joined or closed";

  private QueueLine() {}

  static String write(QueueEvent event) {
    ObjectNode json = LabelLine.JSON.createObjectNode().put("format", LabelLine.FORMAT);
    if (event instanceof QueueEvent.Opened opened) {
      json.put("kind", "opened").put("step", opened.step()).put("answers", opened.answers());
    } else if (event instanceof QueueEvent.Asked asked) {
      json.put("kind", "asked").put("step", asked.step());
      ArrayNode pairs = json.putArray("pairs");
      asked.pairs().forEach(item -> put(pairs.addObject(), item));
    } else if (event instanceof QueueEvent.Decided decided) {
      json.put("kind", "joined").put("step", decided.step()).put("room", decided.room());
      ArrayNode pairs = json.putArray("pairs");
      decided.joined().forEach(one -> put(pairs.addObject(), one));
      ArrayNode expired = json.putArray("expired");
      decided.expired().forEach(key -> expired.add(key.toString()));
    } else {
      json.put("kind", "closed");
    }
    return json.toString();
  }

  private static void put(ObjectNode node, QueueEvent.Item item) {
    node.put("item", item.key().toString()).put("chosen", item.chosen());
    if (!item.features().isEmpty()) {
      new TreeMap<>(item.features()).forEach(node.putObject("features")::put);
    }
  }

  private static void put(ObjectNode node, QueueEvent.Joined joined) {
    put(node, joined.pair());
    if (joined.probability().isPresent()) {
      node.put("probability", joined.probability().getAsDouble());
    }
    ArrayNode labels = node.putArray("labels");
    joined.labels().forEach(labels::add);
  }

  /**
   * The event of a line.
   *
   * @throws IOException with what is expected of a line
   */
  static QueueEvent read(String line) throws IOException {
    try {
      if (LabelLine.JSON.readTree(line) instanceof ObjectNode json) {
        return event(json);
      }
    } catch (JsonProcessingException e) {
      throw new IOException(EXPECTED, e);
    } catch (IllegalArgumentException e) {
      throw new IOException(EXPECTED + "; " + e.getMessage(), e);
    }
    throw new IOException(EXPECTED);
  }

  private static QueueEvent event(ObjectNode json) throws IOException {
    if (json.path("format").asInt() != LabelLine.FORMAT) {
      throw new IOException("format " + LabelLine.FORMAT);
    }
    return switch (json.path("kind").asText()) {
      case "opened" -> new QueueEvent.Opened(natural(json, "step"), (int) natural(json, "answers"));
      case "asked" -> new QueueEvent.Asked(natural(json, "step"), items(json.path("pairs")));
      case "joined" ->
          new QueueEvent.Decided(
              natural(json, "step"),
              (int) natural(json, "room"),
              joined(json.path("pairs")),
              keys(json.path("expired")));
      case "closed" -> new QueueEvent.Closed();
      default -> throw new IOException(EXPECTED);
    };
  }

  private static long natural(JsonNode json, String name) throws IOException {
    JsonNode value = json.path(name);
    if (!value.isIntegralNumber() || value.asLong() < 0 || value.asLong() > Integer.MAX_VALUE) {
      throw new IOException(name + " as a number");
    }
    return value.asLong();
  }

  private static List<QueueEvent.Item> items(JsonNode array) throws IOException {
    List<QueueEvent.Item> items = new ArrayList<>();
    for (JsonNode node : array) {
      items.add(item(node));
    }
    return items;
  }

  private static QueueEvent.Item item(JsonNode node) throws IOException {
    Map<String, Double> features = new HashMap<>();
    for (Map.Entry<String, JsonNode> feature : node.path("features").properties()) {
      if (!feature.getValue().isNumber()) {
        throw new IOException("features as numbers");
      }
      features.put(feature.getKey(), feature.getValue().asDouble());
    }
    return new QueueEvent.Item(
        ItemKey.parse(node.path("item").asText()), (int) natural(node, "chosen"), features);
  }

  private static List<QueueEvent.Joined> joined(JsonNode array) throws IOException {
    List<QueueEvent.Joined> all = new ArrayList<>();
    for (JsonNode node : array) {
      List<String> labels = new ArrayList<>();
      node.path("labels").forEach(id -> labels.add(id.asText()));
      JsonNode p = node.path("probability");
      boolean valid = p.isMissingNode() || (p.isNumber() && p.asDouble() >= 0 && p.asDouble() <= 1);
      if (!valid || p.isMissingNode() != labels.isEmpty()) {
        throw new IOException("a probability with the ids of its answers");
      }
      all.add(
          new QueueEvent.Joined(
              item(node),
              p.isMissingNode() ? OptionalDouble.empty() : OptionalDouble.of(p.asDouble()),
              labels));
    }
    return all;
  }

  private static List<ItemKey> keys(JsonNode array) {
    List<ItemKey> keys = new ArrayList<>();
    array.forEach(key -> keys.add(ItemKey.parse(key.asText())));
    return keys;
  }
}
