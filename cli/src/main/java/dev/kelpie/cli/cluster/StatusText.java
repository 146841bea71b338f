package dev.kelpie.cli.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.terminal.TextTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;

/** The status of a live run as lines. */
final class StatusText {
  private static final List<String> TITLES =
      List.of("node", "roles", "worker", "does", "units", "version", "there for", "heartbeat");

  private static final List<String> PARTS =
      List.of("part of the work", "times", "usually, s", "longest, s");

  private final JsonNode status;
  private final long now;

  private StatusText(JsonNode status) {
    this.status = status;
    this.now = status.path("now").asLong();
  }

  /** Why it is stuck, or that it is not; its nodes; how long its work takes. */
  static List<String> lines(String run, JsonNode status) {
    StatusText text = new StatusText(status);
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: %s, step %d of %d",
            run,
            status.path("phase").asText(),
            status.path("step").asLong(),
            status.path("steps").asLong()));
    lines.addAll(text.diagnosis());
    lines.add("");
    lines.addAll(new TextTable(TITLES, text.rows()).lines());
    lines.addAll(text.usual());
    return lines;
  }

  /** Whether somebody should look. */
  static boolean alarms(JsonNode status) {
    String level = status.at("/diagnosis/level").asText();
    return level.equals("stuck") || level.equals("slow");
  }

  private List<String> diagnosis() {
    JsonNode diagnosis = status.path("diagnosis");
    boolean fine = diagnosis.path("level").asText().equals("fine");
    List<String> lines = new ArrayList<>();
    String headline = diagnosis.path("headline").asText();
    lines.add(
        fine
            ? headline
            : String.format(
                Locale.ROOT,
                "%s, %s, %s: %s",
                diagnosis.path("level").asText(),
                diagnosis.path("cause-words").asText(),
                lasting(diagnosis),
                headline));
    String arrow = "  ";
    for (JsonNode link : diagnosis.path("chain")) {
      lines.add(arrow + words(link));
      arrow = "  <- ";
    }
    for (JsonNode link : diagnosis.path("others")) {
      lines.add("  also: " + words(link));
    }
    for (JsonNode link : diagnosis.path("notes")) {
      lines.add("  note: " + words(link));
    }
    return lines;
  }

  private String words(JsonNode link) {
    return link.path("actor").asText() + " " + link.path("words").asText() + ", " + lasting(link);
  }

  private String lasting(JsonNode node) {
    return lasting(node.path("since").asLong());
  }

  private String lasting(long since) {
    Duration time = Duration.ofMillis(Math.max(0, now - since));
    if (time.toHours() > 0) {
      return time.toHours() + " h " + time.toMinutesPart() + " min";
    }
    return time.toMinutes() > 0
        ? time.toMinutes() + " min " + time.toSecondsPart() + " s"
        : time.toSeconds() + " s";
  }

  private List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode node : status.path("nodes")) {
      String presence = node.path("presence").asText();
      String roles = String.join(", ", texts(node.path("roles")));
      if (!presence.equals("present")) {
        rows.add(
            List.of(
                node.path("node").asText(),
                roles,
                "-",
                presence,
                "-",
                "-",
                "-",
                lasting(node.path("heartbeat").asLong())));
        continue;
      }
      boolean first = true;
      for (JsonNode worker : node.path("workers")) {
        long version = worker.path("version").asLong(-1);
        rows.add(
            List.of(
                first ? node.path("node").asText() : "",
                first ? roles : "",
                worker.path("name").asText().split("@", 2)[0],
                does(worker),
                worker.path("units").asText("-"),
                version < 0 ? "-" : "v" + version,
                first ? lasting(node) : "",
                first ? lasting(node.path("heartbeat").asLong()) : ""));
        first = false;
      }
    }
    return rows;
  }

  private static String does(JsonNode worker) {
    String doing = worker.path("doing").asText();
    String task = worker.path("task").asText("");
    if (task.isEmpty() || doing.contains(task)) {
      return doing;
    }
    boolean begins = worker.path("activity").asText().equals("waiting");
    return begins ? "is given " + task : doing + " (" + task + ")";
  }

  private static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }

  private List<String> usual() {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode one : status.path("usual")) {
      rows.add(
          List.of(
              one.path("words").asText(),
              one.path("count").asText(),
              seconds(one.path("median")),
              seconds(one.path("longest"))));
    }
    List<String> lines = new ArrayList<>();
    if (!rows.isEmpty()) {
      lines.add("");
      lines.addAll(new TextTable(PARTS, rows).lines());
    }
    return lines;
  }

  private static String seconds(JsonNode value) {
    return String.format(Locale.ROOT, "%.2f", value.asDouble());
  }
}
