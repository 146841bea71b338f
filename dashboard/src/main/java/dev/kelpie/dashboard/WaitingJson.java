package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.waiting.Diagnosis;
import dev.kelpie.experience.waiting.NodeStatus;
import dev.kelpie.experience.waiting.Situation;
import dev.kelpie.experience.waiting.Usual;
import dev.kelpie.experience.waiting.Work;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Who waits for whom in a run, and its nodes, as JSON. Times are milliseconds since 1970. */
final class WaitingJson {
  private WaitingJson() {}

  /** {@code diagnosis} and {@code usual}: the panel of the page. */
  static ObjectNode panel(Situation situation, Instant now) {
    ObjectNode node = Json.object();
    node.set("diagnosis", diagnosis(Diagnosis.of(situation, now)));
    ArrayNode usual = node.putArray("usual");
    for (Work work : Work.values()) {
      Optional.ofNullable(situation.usual().get(work))
          .ifPresent(known -> usual.add(usual(work, known)));
    }
    return node;
  }

  /** The same with the progress and the {@code nodes} of the run. */
  static ObjectNode status(ShownRun run, Situation situation, Instant now) {
    ObjectNode node = Json.object().put("format", 1).put("run", run.name());
    node.put("now", now.toEpochMilli());
    node.setAll(RunJson.progress(run.view().progress()));
    node.setAll(panel(situation, now));
    ArrayNode nodes = node.putArray("nodes");
    situation.nodes().forEach(one -> nodes.add(node(one)));
    return node;
  }

  private static ObjectNode diagnosis(Diagnosis diagnosis) {
    ObjectNode node = Json.object();
    node.put("level", diagnosis.level().key());
    node.put("cause", diagnosis.cause().key());
    node.put("cause-words", diagnosis.cause().words());
    node.put("headline", diagnosis.headline());
    node.put("since", diagnosis.since().toEpochMilli());
    node.set("chain", links(diagnosis.chain()));
    node.set("others", links(diagnosis.others()));
    node.set("notes", links(diagnosis.notes()));
    return node;
  }

  private static ArrayNode links(List<Diagnosis.Link> links) {
    ArrayNode all = Json.MAPPER.createArrayNode();
    for (Diagnosis.Link link : links) {
      all.addObject()
          .put("actor", link.actor())
          .put("words", link.words())
          .put("since", link.since().toEpochMilli());
    }
    return all;
  }

  private static ObjectNode usual(Work work, Usual known) {
    ObjectNode node = Json.object().put("work", work.key()).put("words", work.words());
    node.put("count", known.count());
    Json.put(node, "median", known.median());
    Json.put(node, "longest", known.longest());
    return node;
  }

  private static ObjectNode node(NodeStatus status) {
    ObjectNode node = Json.object().put("node", status.node());
    node.put("presence", status.presence().name().toLowerCase(Locale.ROOT));
    status.roles().forEach(node.putArray("roles")::add);
    node.put("since", status.since().toEpochMilli());
    node.put("heartbeat", status.heartbeat().toEpochMilli());
    ArrayNode workers = node.putArray("workers");
    for (String role : status.roles()) {
      status.workers(role).forEach(worker -> workers.add(worker(status, worker)));
    }
    return node;
  }

  private static ObjectNode worker(NodeStatus home, ActorState state) {
    ObjectNode node = Json.object().put("name", state.name()).put("role", state.role());
    node.put("activity", state.activity().word());
    node.put("doing", state.doing());
    node.put("since", state.since().toEpochMilli());
    node.put("version", state.version());
    Optional.ofNullable(state.numbers().get("units"))
        .ifPresent(units -> Json.put(node, "units", units));
    home.tasks().stream()
        .filter(task -> task.worker().equals(state.name()))
        .findFirst()
        .ifPresent(
            task -> node.put("task", task.what()).put("task-since", task.since().toEpochMilli()));
    state.waiting().ifPresent(waiting -> node.put("waits-for", waiting.what()));
    return node;
  }
}
