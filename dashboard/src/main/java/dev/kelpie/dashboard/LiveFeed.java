package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Changes of the runs since the last message to one page. */
final class LiveFeed {
  private final List<ShownRun> runs;
  private final List<RunFeed> feeds = new ArrayList<>();

  LiveFeed(List<ShownRun> runs, Cursor from) {
    this.runs = runs;
    for (int i = 0; i < runs.size(); i++) {
      feeds.add(new RunFeed(runs.get(i).view(), from.places().get(i)));
    }
  }

  /** Position of the page in the runs. */
  Cursor cursor() {
    return new Cursor(feeds.stream().map(RunFeed::place).toList());
  }

  /** A server-sent event with the changes, the new cursor as its id; empty without changes. */
  synchronized Optional<byte[]> next() {
    ObjectNode message = Json.object().put("now", System.currentTimeMillis());
    ArrayNode changed = message.putArray("runs");
    for (int i = 0; i < runs.size(); i++) {
      ObjectNode news = feeds.get(i).next(runs.get(i).notes().get(), runs.get(i).situation().get());
      if (!news.isEmpty()) {
        changed.add(news.put("run", i));
      }
    }
    return changed.isEmpty()
        ? Optional.empty()
        : Optional.of(
            ("id: " + cursor() + "\ndata: " + message + "\n\n").getBytes(StandardCharsets.UTF_8));
  }
}
