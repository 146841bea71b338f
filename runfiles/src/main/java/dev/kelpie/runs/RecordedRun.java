package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * View of a run from the files of its folder, so that a page shows a finished run as it shows a
 * live one. Files are read again when asked for, at most twice a second, so a run that another
 * process continues grows here too. Any of the files may be missing or damaged; {@link #notes} says
 * so.
 */
public final class RecordedRun implements RunView {
  private static final int EVENTS_KEPT = 2000;
  private static final int DAMAGES_KEPT = 1000;

  private static final long REFRESH_NANOS = Duration.ofMillis(500).toNanos();

  private final RunFolder folder;
  private final RecordedLines<StepMetrics> metricLines;
  private final RecordedLines<RunEvent> eventLines;
  private final RecordedSteps metrics = new RecordedSteps();
  private final Deque<RunEvent> events = new ArrayDeque<>();
  private final Map<String, String> notes = new LinkedHashMap<>();
  private final List<String> damagedMetrics = new ArrayList<>();
  private final List<String> damagedEvents = new ArrayList<>();
  private final RecordedFile<JsonNode> summary;
  private final RecordedFile<ActorsFile> actors;
  private final long stepsAsked;
  private long readAt;

  private RecordedRun(RunFolder folder) {
    this.folder = folder;
    this.metricLines = new RecordedLines<>(folder.metricsFile(), MetricsFile::read);
    this.eventLines = new RecordedLines<>(folder.runEventsFile(), RunEventsFile::read);
    this.summary =
        new RecordedFile<>(folder.summaryFile(), SummaryFile::read, MissingNode.getInstance());
    this.actors = new RecordedFile<>(folder.actorsFile(), ActorsFile::read, ActorsFile.EMPTY);
    this.stepsAsked = stepsAsked(folder);
    read();
  }

  /** Reads what there is. */
  public static RecordedRun open(RunFolder folder) {
    return new RecordedRun(folder);
  }

  private static long stepsAsked(RunFolder folder) {
    try {
      return ExperimentFiles.loadRecorded(folder.experimentFile(), List.of())
          .experiment()
          .run()
          .steps();
    } catch (RuntimeException e) {
      return 0;
    }
  }

  private void refresh() {
    if (System.nanoTime() - readAt > REFRESH_NANOS) {
      read();
    }
  }

  private void read() {
    readLines(
        folder.metricsFile(),
        metricLines,
        (more, line) -> metrics.add(more),
        damagedMetrics,
        metrics::clear);
    readLines(
        folder.runEventsFile(),
        eventLines,
        (event, line) -> add(event),
        damagedEvents,
        events::clear);
    summary.refresh();
    actors.refresh();
    noteFiles();
    readAt = System.nanoTime();
  }

  private <T> void readLines(
      Path file,
      RecordedLines<T> lines,
      RecordedLines.Sink<T> sink,
      List<String> damaged,
      Runnable clear) {
    String key = "read " + file.getFileName();
    try {
      lines.readNew(
          sink,
          line -> addDamaged(damaged, line),
          () -> {
            clear.run();
            damaged.clear();
          });
      notes.remove(key);
    } catch (IOException e) {
      notes.put(key, file.getFileName() + ": not readable: " + RunInput.reason(e));
    }
  }

  private static void addDamaged(List<String> damaged, String line) {
    if (damaged.size() < DAMAGES_KEPT) {
      damaged.add(line);
    }
  }

  private void add(RunEvent event) {
    events.addLast(event);
    if (events.size() > EVENTS_KEPT) {
      events.removeFirst();
    }
  }

  private void noteFiles() {
    noteLines(folder.metricsFile(), damagedMetrics, metricLines.tornBytes(), "there are no curves");
    noteLeftOut("oldest steps", metrics.stepsLeftOut(), "of the oldest steps");
    noteLeftOut("numbers", metrics.numbersLeftOut(), "numbers of steps that have too many");
    if (RewardModelReport.isIn(folder)) {
      return;
    }
    noteLines(folder.runEventsFile(), damagedEvents, eventLines.tornBytes(), "there are no events");
    note(
        folder.actorsFile(), actors.problem("the run's process did not end by itself, or not yet"));
    note(folder.summaryFile(), summary.problem("the run goes on elsewhere, or was killed"));
    noteMissing(folder.rollouts(), Files.isDirectory(folder.rollouts()), "there are no samples");
    noteMissing(
        folder.experimentFile(),
        Files.isRegularFile(folder.experimentFile()),
        "the configuration is not known");
  }

  private void noteLines(Path file, List<String> damaged, int torn, String meaning) {
    if (!Files.exists(file)) {
      noteMissing(file, false, meaning);
    } else if (!damaged.isEmpty()) {
      int more = damaged.size() - 1;
      note(file, damaged.get(0) + (more == 0 ? "" : ", and " + more + " more"));
    } else {
      note(file, torn == 0 ? "" : file.getFileName() + ": the last line is torn and left out");
    }
  }

  private void noteLeftOut(String key, long count, String what) {
    String line =
        folder.metricsFile().getFileName()
            + ": "
            + count
            + " "
            + what
            + " are left out; memory has no room for them";
    note(Path.of(key), count == 0 ? "" : line);
  }

  private void noteMissing(Path file, boolean exists, String meaning) {
    note(file, exists ? "" : file.getFileName() + ": missing; " + meaning);
  }

  /** Keeps one line about a file, or none when {@code line} is empty. */
  private void note(Path file, String line) {
    String name = String.valueOf(file.getFileName());
    if (line.isEmpty()) {
      notes.remove(name);
    } else {
      notes.put(name, line);
    }
  }

  /** What of the folder is missing or damaged, one line each. */
  public synchronized List<String> notes() {
    refresh();
    return List.copyOf(notes.values());
  }

  @Override
  public synchronized List<ActorState> actors() {
    refresh();
    return actors.content().actors();
  }

  @Override
  public synchronized List<StepMetrics> metrics(long fromStep) {
    refresh();
    return metrics.from(fromStep);
  }

  @Override
  public synchronized List<RunEvent> events() {
    refresh();
    return List.copyOf(events);
  }

  @Override
  public synchronized Progress progress() {
    refresh();
    long step = metrics.last();
    JsonNode ended = summary.content();
    return new Progress(
        RunPhase.of(
            RewardModelReport.isWritten(folder) ? "finished" : ended.path("status").asText()),
        ended.path("steps").asLong(step),
        Math.max(stepsAsked, Math.max(step, 0)));
  }

  @Override
  public synchronized List<Link> links() {
    refresh();
    return actors.content().links();
  }

  @Override
  public synchronized List<Moment> timeline(String actor) {
    refresh();
    return actors.content().timelines().getOrDefault(actor, List.of());
  }

  @Override
  public synchronized Map<String, Long> ledger() {
    refresh();
    Map<String, Long> counts = actors.content().ledger();
    return counts.isEmpty() ? SummaryFile.ledger(summary.content()) : counts;
  }
}
