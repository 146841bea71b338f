package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Progress;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.waiting.Situation;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Changes of one run since the last message to one page; remembers what the page has. */
final class RunFeed {
  /** An evaluation may add metrics to a recent step. */
  private static final int STEPS_LOOKED_BACK = 3;

  /** A page that missed more fetches its curves again. */
  private static final int MOST_STEPS = 40;

  private static final int MOST_EVENTS = 200;

  private final RunView view;
  private final Map<String, ActorState> actors = new HashMap<>();
  private final Map<String, Link> links = new HashMap<>();
  private final TreeMap<Long, StepMetrics> steps = new TreeMap<>();
  private @Nullable Progress progress;
  private @Nullable ObjectNode waiting;
  private Map<String, Long> ledger = Map.of();
  private List<String> notes = List.of();
  private @Nullable RunEvent lastEvent;
  private long step;
  private long eventMillis;

  RunFeed(RunView view, Cursor.Place from) {
    this.view = view;
    this.step = from.step();
    this.eventMillis = from.eventMillis();
  }

  /** Position of the page in the run. */
  Cursor.Place place() {
    return new Cursor.Place(step, eventMillis);
  }

  /**
   * The changes: {@code progress}, {@code actors} that changed, {@code gone} actors, {@code links}
   * that grew, {@code ledger}, {@code steps}, {@code refetch} when the page has to fetch its curves
   * instead, {@code events}, {@code notes}, {@code waiting}. An empty object when nothing changed.
   */
  ObjectNode next(List<String> notesNow, Optional<Situation> situation) {
    ObjectNode news = Json.object();
    putProgress(news);
    putActors(news);
    putLinks(news);
    putSteps(news);
    putEvents(news);
    situation.ifPresent(now -> putWaiting(news, WaitingJson.panel(now, Instant.now())));
    Map<String, Long> counts = view.ledger();
    if (!counts.equals(ledger)) {
      ledger = counts;
      counts.forEach(news.putObject("ledger")::put);
    }
    if (!notesNow.equals(notes)) {
      notes = notesNow;
      notesNow.forEach(news.putArray("notes")::add);
    }
    return news;
  }

  private void putProgress(ObjectNode news) {
    Progress now = view.progress();
    if (!now.equals(progress)) {
      progress = now;
      news.set("progress", RunJson.progress(now));
    }
  }

  private void putWaiting(ObjectNode news, ObjectNode now) {
    if (!now.equals(waiting)) {
      waiting = now;
      news.set("waiting", now);
    }
  }

  private void putActors(ObjectNode news) {
    Set<String> gone = new HashSet<>(actors.keySet());
    for (ActorState state : view.actors()) {
      gone.remove(state.name());
      if (!state.equals(actors.put(state.name(), state))) {
        news.withArray("actors").add(RunJson.actor(state));
      }
    }
    for (String name : gone) {
      actors.remove(name);
      news.withArray("gone").add(name);
    }
  }

  private void putLinks(ObjectNode news) {
    for (Link link : view.links()) {
      if (!link.equals(links.put(link.from() + "\n" + link.to(), link))) {
        news.withArray("links").add(RunJson.link(link));
      }
    }
  }

  private void putSteps(ObjectNode news) {
    List<StepMetrics> recent = view.metrics(Math.max(0, step - STEPS_LOOKED_BACK));
    if (step < 0 || recent.size() > MOST_STEPS) {
      step = 0;
      news.put("refetch", true);
    } else {
      for (StepMetrics numbers : recent) {
        if (!numbers.equals(steps.get(numbers.step()))) {
          news.withArray("steps").add(RunJson.step(numbers));
        }
      }
    }
    for (StepMetrics numbers : recent) {
      steps.put(numbers.step(), numbers);
      step = Math.max(step, numbers.step());
    }
    steps.headMap(step - STEPS_LOOKED_BACK).clear();
  }

  private void putEvents(ObjectNode news) {
    List<RunEvent> all = view.events();
    int known = lastEvent == null ? -1 : all.lastIndexOf(lastEvent);
    List<RunEvent> fresh =
        known >= 0
            ? all.subList(known + 1, all.size())
            : all.stream()
                .filter(event -> event.time().isAfter(Instant.ofEpochMilli(eventMillis)))
                .toList();
    for (RunEvent event : fresh.subList(Math.max(0, fresh.size() - MOST_EVENTS), fresh.size())) {
      news.withArray("events").add(RunJson.event(event));
    }
    if (!all.isEmpty()) {
      lastEvent = all.get(all.size() - 1);
      eventMillis = Math.max(eventMillis, lastEvent.time().toEpochMilli());
    }
  }
}
