package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.config.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A run as its folder tells it, for a page that shows a finished run as it shows a live one. Looks
 * at the files again when asked, at most twice a second, so a run that another process goes on with
 * grows here too. Any of the files may be missing or torn; {@link #notes} says so.
 */
public final class RecordedRun implements RunView {
  private static final int EVENTS_KEPT = 2000;
  private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(500).toNanos();

  private final RunFolder folder;
  private final GrowingLines metricLines;
  private final GrowingLines eventLines;
  private final TreeMap<Long, StepMetrics> metrics = new TreeMap<>();
  private final Deque<RunEvent> events = new ArrayDeque<>();
  private final Map<String, String> notes = new LinkedHashMap<>();
  private final RecordedFile summary;
  private final RecordedFile actors;
  private final long stepsAsked;
  private int badMetrics;
  private int badEvents;
  private long lookedAt;

  private RecordedRun(RunFolder folder) {
    this.folder = folder;
    this.metricLines = new GrowingLines(folder.metricsFile());
    this.eventLines = new GrowingLines(folder.runEventsFile());
    this.summary = new RecordedFile(folder.summaryFile());
    this.actors = new RecordedFile(folder.actorsFile());
    this.stepsAsked = stepsAsked(folder);
    look();
  }

  /** Reads what there is. */
  public static RecordedRun open(RunFolder folder) {
    return new RecordedRun(folder);
  }

  private static long stepsAsked(RunFolder folder) {
    try {
      return ExperimentFiles.load(folder.experimentFile(), List.of()).experiment().run().steps();
    } catch (RuntimeException e) {
      return 0;
    }
  }

  private void refresh() {
    if (System.nanoTime() - lookedAt > LOOK_AGAIN_NANOS) {
      look();
    }
  }

  private void look() {
    try {
      metricLines.read(this::addMetrics, metrics::clear);
      eventLines.read(this::addEvent, events::clear);
      notes.remove("folder");
    } catch (IOException e) {
      notes.put("folder", "the run folder cannot be read: " + e.getMessage());
    }
    summary.look();
    actors.look();
    noteFiles();
    lookedAt = System.nanoTime();
  }

  private void addMetrics(String line) {
    try {
      StepMetrics more = RunFiles.metrics(line);
      metrics.merge(more.step(), more, (before, now) -> before.with(now.values()));
    } catch (IOException e) {
      badMetrics++;
    }
  }

  private void addEvent(String line) {
    try {
      events.addLast(RunFiles.event(line));
      if (events.size() > EVENTS_KEPT) {
        events.removeFirst();
      }
    } catch (IOException e) {
      badEvents++;
    }
  }

  private void noteFiles() {
    noteLines(folder.metricsFile(), badMetrics, metricLines.tornBytes(), "there are no curves");
    noteLines(folder.runEventsFile(), badEvents, eventLines.tornBytes(), "there are no events");
    note(
        folder.actorsFile(), actors.problem("the run's process did not end by itself, or not yet"));
    note(folder.summaryFile(), summary.problem("the run goes on elsewhere, or was killed"));
    note(
        folder.rollouts(),
        Files.isDirectory(folder.rollouts()) ? "" : "missing; there are no samples");
    note(
        folder.experimentFile(),
        Files.isRegularFile(folder.experimentFile())
            ? ""
            : "missing; the configuration is not known");
  }

  private void noteLines(Path file, int bad, int torn, String meaning) {
    if (!Files.isRegularFile(file)) {
      note(file, "missing; " + meaning);
    } else if (bad > 0) {
      note(file, bad + (bad == 1 ? " line is" : " lines are") + " not readable and left out");
    } else {
      note(file, torn == 0 ? "" : "the last line is torn and left out");
    }
  }

  private void note(Path file, String problem) {
    String name = String.valueOf(file.getFileName());
    if (problem.isEmpty()) {
      notes.remove(name);
    } else {
      notes.put(name, name + ": " + problem);
    }
  }

  /** What of the folder is missing or torn, in sentences. */
  public synchronized List<String> notes() {
    refresh();
    return List.copyOf(notes.values());
  }

  @Override
  public synchronized List<ActorState> actors() {
    refresh();
    return RunFiles.actors(actors.content());
  }

  @Override
  public synchronized List<StepMetrics> metrics(long fromStep) {
    refresh();
    return List.copyOf(metrics.tailMap(fromStep).values());
  }

  @Override
  public synchronized List<RunEvent> events() {
    refresh();
    return List.copyOf(events);
  }

  @Override
  public synchronized Progress progress() {
    refresh();
    long step = metrics.isEmpty() ? 0 : metrics.lastKey();
    JsonNode told = summary.content();
    String phase = told.path("status").asText("unfinished");
    return new Progress(
        phase, told.path("steps").asLong(step), Math.max(stepsAsked, Math.max(step, 0)));
  }

  @Override
  public synchronized List<Link> links() {
    refresh();
    return RunFiles.links(actors.content());
  }

  @Override
  public synchronized List<Moment> timeline(String actor) {
    refresh();
    return RunFiles.timeline(actors.content(), actor);
  }

  @Override
  public synchronized Map<String, Long> ledger() {
    refresh();
    Map<String, Long> counts = RunFiles.counts(actors.content().path("ledger"));
    return counts.isEmpty() ? RunFiles.counts(summary.content().path("ledger")) : counts;
  }
}
