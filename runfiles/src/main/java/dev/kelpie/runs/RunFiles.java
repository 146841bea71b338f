package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Moment;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads back what a run wrote of itself: lines of metrics and events, what its actors did last. */
final class RunFiles {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private RunFiles() {}

  /** A line of {@code metrics.jsonl}; names have a slash. */
  static StepMetrics metrics(String line) throws IOException {
    JsonNode node = JSON.readTree(line);
    if (!node.path("step").canConvertToLong()) {
      throw new IOException("no step in " + line);
    }
    Map<String, Double> values = new LinkedHashMap<>();
    node.properties()
        .forEach(
            item -> {
              JsonNode value = item.getValue();
              if (item.getKey().indexOf('/') >= 0) {
                values.put(item.getKey(), value.isNumber() ? value.doubleValue() : Double.NaN);
              }
            });
    return new StepMetrics(node.get("step").asLong(), values);
  }

  /** A line of {@code run-events.jsonl}. */
  static RunEvent event(String line) throws IOException {
    JsonNode node = JSON.readTree(line);
    try {
      return new RunEvent(
          instant(node.path("time")),
          RunEvent.Level.valueOf(node.path("level").asText().toUpperCase(Locale.ROOT)),
          node.path("source").asText(),
          node.path("text").asText());
    } catch (IllegalArgumentException e) {
      throw new IOException("no event: " + line, e);
    }
  }

  static List<ActorState> actors(JsonNode file) {
    List<ActorState> actors = new ArrayList<>();
    for (JsonNode node : file.path("actors")) {
      Map<String, Double> numbers = new LinkedHashMap<>();
      node.path("numbers")
          .properties()
          .forEach(item -> numbers.put(item.getKey(), item.getValue().asDouble()));
      actors.add(
          new ActorState(
              node.path("name").asText(),
              node.path("node").asText(),
              node.path("role").asText(),
              node.path("doing").asText(),
              instant(node.path("since")),
              node.path("version").asLong(-1),
              numbers));
    }
    return actors;
  }

  static List<Link> links(JsonNode file) {
    List<Link> links = new ArrayList<>();
    for (JsonNode node : file.path("links")) {
      links.add(
          new Link(
              node.path("from").asText(),
              node.path("to").asText(),
              node.path("messages").asLong(),
              node.path("bytes").asLong()));
    }
    return links;
  }

  static List<Moment> timeline(JsonNode file, String actor) {
    List<Moment> moments = new ArrayList<>();
    for (JsonNode node : file.path("timelines").path(actor)) {
      moments.add(
          new Moment(
              instant(node.path("since")),
              node.path("doing").asText(),
              node.path("version").asLong(-1)));
    }
    return moments;
  }

  /** The whole numbers of an object, hyphens in their names as underscores. */
  static Map<String, Long> counts(JsonNode object) {
    Map<String, Long> counts = new LinkedHashMap<>();
    object
        .properties()
        .forEach(
            item -> {
              if (item.getValue().canConvertToLong()) {
                counts.put(item.getKey().replace('-', '_'), item.getValue().asLong());
              }
            });
    return counts;
  }

  /** ISO-8601, or seconds since 1970; the epoch where it is neither. */
  private static Instant instant(JsonNode node) {
    if (node.isNumber()) {
      return Instant.ofEpochMilli((long) (node.asDouble() * 1000));
    }
    try {
      return Instant.parse(node.asText());
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }
}
