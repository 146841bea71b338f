package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Moment;
import dev.kelpie.experience.RunView.Progress;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** The state of a run as JSON. Times are milliseconds since 1970. */
final class RunJson {
  private RunJson() {}

  static ObjectNode progress(Progress progress) {
    return Json.object()
        .put("phase", progress.phase().word())
        .put("step", progress.step())
        .put("steps", progress.steps());
  }

  static ObjectNode actor(ActorState state) {
    ObjectNode node = Json.object();
    node.put("name", state.name());
    node.put("node", state.node());
    node.put("role", state.role());
    node.put("activity", state.activity().word());
    node.put("doing", state.doing());
    node.put("since", state.since().toEpochMilli());
    node.put("version", state.version());
    ObjectNode numbers = node.putObject("numbers");
    new TreeMap<>(state.numbers()).forEach((name, value) -> Json.put(numbers, name, value));
    return node;
  }

  static ObjectNode link(Link link) {
    return Json.object()
        .put("from", link.from())
        .put("to", link.to())
        .put("messages", link.messages())
        .put("bytes", link.bytes());
  }

  static ObjectNode event(RunEvent event) {
    return Json.object()
        .put("time", event.time().toEpochMilli())
        .put("level", event.level().name().toLowerCase(Locale.ROOT))
        .put("source", event.source())
        .put("text", event.text());
  }

  static ObjectNode step(StepMetrics step) {
    ObjectNode node = Json.object().put("step", step.step());
    ObjectNode values = node.putObject("values");
    step.values().forEach((name, value) -> Json.put(values, name, value));
    return node;
  }

  static ArrayNode timeline(List<Moment> moments) {
    ArrayNode node = Json.MAPPER.createArrayNode();
    for (Moment moment : moments) {
      node.addObject()
          .put("since", moment.since().toEpochMilli())
          .put("activity", moment.activity().word())
          .put("doing", moment.doing())
          .put("version", moment.version());
    }
    return node;
  }
}
