package dev.kelpie.runs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Moment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** {@code actors.json}: what was last seen of the actors of a run. */
public final class ActorsFile {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private ActorsFile() {}

  /** Replaces the file. */
  public static void write(Path file, RunView view) {
    ObjectNode root = JSON.createObjectNode().put("format", FORMAT);
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
    Path draft = file.resolveSibling("." + file.getFileName());
    try {
      Files.writeString(draft, root.toString() + "\n");
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private static void add(ObjectNode json, ActorState actor) {
    json.put("name", actor.name())
        .put("node", actor.node())
        .put("role", actor.role())
        .put("doing", actor.doing())
        .put("since", actor.since().toString())
        .put("version", actor.version());
    ObjectNode numbers = json.putObject("numbers");
    actor
        .numbers()
        .forEach(
            (name, value) -> {
              if (Double.isFinite(value)) {
                numbers.put(name, value);
              } else {
                numbers.putNull(name);
              }
            });
  }

  private static void add(ObjectNode json, Link link) {
    json.put("from", link.from())
        .put("to", link.to())
        .put("messages", link.messages())
        .put("bytes", link.bytes());
  }

  private static void add(ObjectNode json, Moment moment) {
    json.put("since", moment.since().toString())
        .put("doing", moment.doing())
        .put("version", moment.version());
  }
}
