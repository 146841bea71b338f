package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Moment;
import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * {@code actors.json}: the last known state of a run's actors.
 *
 * @param ledger counts of training samples, as in {@link RunView#ledger}
 * @param timelines past activities by actor, oldest first
 */
public record ActorsFile(
    List<ActorState> actors,
    List<Link> links,
    Map<String, Long> ledger,
    Map<String, List<Moment>> timelines) {
  static final ActorsFile EMPTY = new ActorsFile(List.of(), List.of(), Map.of(), Map.of());

  private static final int FORMAT = 2;

  /** The format whose ledger says {@code in_flight}. */
  private static final int EARLIER_FORMAT = 1;

  /**
   * Replaces the file.
   *
   * @throws UncheckedIOException when it cannot be written
   */
  public static void write(Path file, RunView view) {
    ObjectNode root = JsonFile.JSON.createObjectNode().put("format", FORMAT);
    ArrayNode actors = root.putArray("actors");
    view.actors().forEach(actor -> add(actors.addObject(), actor));
    ArrayNode links = root.putArray("links");
    view.links().forEach(link -> add(links.addObject(), link));
    ObjectNode ledger = root.putObject("ledger");
    view.ledger().forEach(ledger::put);
    ObjectNode timelines = root.putObject("timelines");
    for (ActorState actor : view.actors()) {
      ArrayNode moments = timelines.putArray(actor.name());
      view.timeline(actor.name()).forEach(moment -> add(moments.addObject(), moment));
    }
    try {
      AtomicFile.write(file, root + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private static void add(ObjectNode json, ActorState actor) {
    json.put("name", actor.name())
        .put("node", actor.node())
        .put("role", actor.role())
        .put("activity", actor.activity().word())
        .put("doing", actor.doing())
        .put("since", actor.since().toString())
        .put("version", actor.version());
    ObjectNode numbers = json.putObject("numbers");
    actor.numbers().forEach((name, value) -> JsonFile.put(numbers, name, value));
  }

  private static void add(ObjectNode json, Link link) {
    json.put("from", link.from())
        .put("to", link.to())
        .put("messages", link.messages())
        .put("bytes", link.bytes());
  }

  private static void add(ObjectNode json, Moment moment) {
    json.put("since", moment.since().toString())
        .put("activity", moment.activity().word())
        .put("doing", moment.doing())
        .put("version", moment.version());
  }

  /**
   * Reads the file.
   *
   * @throws CorruptFileException when it is not JSON or of an unknown format
   */
  public static ActorsFile read(Path file) throws IOException {
    JsonNode root = JsonFile.read(file);
    JsonNode format = root.path("format");
    if (format.asInt() != FORMAT && format.asInt() != EARLIER_FORMAT) {
      throw new CorruptFileException(
          String.format(
              Locale.ROOT, "%s: format %s (expected: %s)", file.getFileName(), format, FORMAT));
    }
    List<ActorState> actors = new ArrayList<>();
    root.path("actors").forEach(node -> actors.add(actor(node)));
    List<Link> links = new ArrayList<>();
    root.path("links").forEach(node -> links.add(link(node)));
    Map<String, Long> ledger = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> count : root.path("ledger").properties()) {
      ledger.put(count.getKey().replace('_', '-'), count.getValue().asLong());
    }
    Map<String, List<Moment>> timelines = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> timeline : root.path("timelines").properties()) {
      List<Moment> moments = new ArrayList<>();
      timeline.getValue().forEach(node -> moments.add(moment(node)));
      timelines.put(timeline.getKey(), moments);
    }
    return new ActorsFile(actors, links, ledger, timelines);
  }

  private static ActorState actor(JsonNode node) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> number : node.path("numbers").properties()) {
      numbers.put(number.getKey(), JsonFile.number(number.getValue()));
    }
    return new ActorState(
        node.path("name").asText(),
        node.path("node").asText(),
        node.path("role").asText(),
        activity(node),
        node.path("doing").asText(),
        instant(node.path("since")),
        node.path("version").asLong(-1),
        numbers);
  }

  private static Link link(JsonNode node) {
    return new Link(
        node.path("from").asText(),
        node.path("to").asText(),
        node.path("messages").asLong(),
        node.path("bytes").asLong());
  }

  private static Moment moment(JsonNode node) {
    return new Moment(
        instant(node.path("since")),
        activity(node),
        node.path("doing").asText(),
        node.path("version").asLong(-1));
  }

  /** Files of earlier versions name the activity only by the first word of what is done. */
  private static Activity activity(JsonNode node) {
    String first = node.path("doing").asText().split("[ :]", 2)[0];
    return Activity.of(node.path("activity").asText(first));
  }

  /** The epoch where {@code node} is no ISO-8601 time. */
  private static Instant instant(JsonNode node) {
    try {
      return Instant.parse(node.asText());
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }
}
