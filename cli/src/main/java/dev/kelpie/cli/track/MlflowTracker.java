package dev.kelpie.cli.track;

import dev.kelpie.actors.RunNode;
import dev.kelpie.cli.export.CardSettings;
import dev.kelpie.cli.terminal.Version;
import dev.kelpie.cli.track.MlflowClient.Metric;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.remote.Destinations;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.runs.TrackingFile;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the metrics of a run to an MLflow server, on a thread of its own. The run never waits for
 * it: what the server has not taken stays in the run's own view and is sent later. A server that
 * does not answer is reported once and asked again, after pauses of up to a minute; when the run
 * ends it has {@value #LAST_SECONDS} s to take the rest.
 */
public final class MlflowTracker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MlflowTracker.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final int LAST_SECONDS = 10;
  private static final long NONE = -1; // step 0 is the evaluation at the start
  private static final long LATE_STEPS = 10; // whose evaluation may still come

  private final Experiment experiment;
  private final RunFolder folder;
  private final RunNode node;
  private final long from;
  private final URI server;
  private final MlflowClient client;
  private final NavigableMap<Long, Set<String>> taken = new TreeMap<>(); // names by step
  private final CountDownLatch ending = new CountDownLatch(1);
  private final Thread thread;
  private Optional<String> run = Optional.empty();
  private Optional<String> made = Optional.empty(); // whose settings the server may not have
  private long before = NONE; // the last step that an earlier process has sent
  private long sent = NONE;
  private long failures;

  private MlflowTracker(
      Experiment experiment, RunFolder folder, RunNode node, URI server, long from) {
    this.experiment = experiment;
    this.folder = folder;
    this.node = node;
    this.server = server;
    this.client = new MlflowClient(server);
    this.from = from;
    this.thread = new Thread(this::follow, "kelpie-mlflow");
    thread.setDaemon(true);
  }

  /**
   * Follows a run, if its experiment names a server. One that was followed there before goes on.
   *
   * @param from the step that the run resumes after; 0 for a new one
   */
  public static Optional<MlflowTracker> start(
      Experiment experiment, RunFolder folder, RunNode node, long from) {
    Optional<MlflowTracker> tracker =
        Destinations.tracker(experiment)
            .map(server -> new MlflowTracker(experiment, folder, node, server, from));
    tracker.ifPresent(made -> made.thread.start());
    return tracker;
  }

  private void follow() {
    Duration pause = Duration.ZERO; // whether the server answers is told at the start
    try {
      while (!ending.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        pause = attempt() ? LOOK_EVERY : longer(pause);
      }
      if (attempt()) {
        end();
      }
    } catch (InterruptedException e) {
      LOG.warn("tracking: {} has not taken all within {} s", server, LAST_SECONDS);
    }
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
  }

  /** Sends what is new; false where the server did not take it. */
  private boolean attempt() throws InterruptedException {
    try {
      if (run.isEmpty()) {
        run = Optional.of(place());
      }
      send(run.get());
      if (failures > 0) {
        node.remark(
            RunView.RunEvent.Level.INFO,
            "tracking",
            String.format(
                Locale.ROOT,
                "%s answers again after %d failed attempts; nothing is missing",
                server,
                failures));
        failures = 0;
      }
      return true;
    } catch (IOException | RuntimeException e) {
      if (failures++ == 0) {
        node.remark(
            RunView.RunEvent.Level.WARNING,
            "tracking",
            server + " does not take the metrics: " + reason(e) + "; it is asked again");
      }
      return false;
    }
  }

  private static String reason(Exception failure) {
    String message = failure.getMessage();
    return message == null || message.isEmpty() ? failure.getClass().getSimpleName() : message;
  }

  /** The run on the server: the one that the folder names, or a new one with the settings. */
  private String place() throws IOException, InterruptedException {
    Optional<TrackingFile> known =
        TrackingFile.read(folder).filter(file -> file.url().equals(server.toString()));
    if (known.isPresent() && client.has(known.get().runId())) {
      before = Math.min(from, known.get().step());
      sent = before;
      client.update(known.get().runId(), "RUNNING", 0);
      return known.get().runId();
    }
    if (made.isEmpty()) {
      made =
          Optional.of(
              client.create(
                  client.experiment(experiment.tracking().experiment()),
                  String.valueOf(folder.root().toAbsolutePath().normalize().getFileName()),
                  System.currentTimeMillis()));
    }
    settings(made.get());
    keep(made.get());
    return made.get();
  }

  private void settings(String id) throws IOException, InterruptedException {
    Map<String, String> tags =
        Map.of("kelpie.version", Version.number(), "kelpie.commit", Version.commit());
    Map<String, String> batch = new LinkedHashMap<>();
    for (Map.Entry<String, String> value : CardSettings.values(experiment).entrySet()) {
      batch.put(value.getKey(), value.getValue());
      if (batch.size() == MlflowClient.PARAMS) {
        client.log(id, batch, Map.of());
        batch.clear();
      }
    }
    client.log(id, batch, tags);
  }

  /** Sends the numbers that the server does not have; some of a step come after others. */
  private void send(String id) throws IOException, InterruptedException {
    List<Metric> batch = new ArrayList<>();
    long now = System.currentTimeMillis();
    long last = sent;
    for (StepMetrics step : node.view().metrics(Math.max(0, sent - LATE_STEPS))) {
      Set<String> known = taken.getOrDefault(step.step(), Set.of());
      if (step.step() <= before) {
        continue;
      }
      step.values()
          .forEach(
              (name, value) -> {
                if (Double.isFinite(value) && !known.contains(name)) {
                  batch.add(new Metric(name, value, now, step.step()));
                }
              });
      last = Math.max(last, step.step());
      if (batch.size() >= MlflowClient.METRICS) {
        flush(id, batch, last);
      }
    }
    flush(id, batch, last);
  }

  /**
   * Sends numbers of whole steps and forgets them.
   *
   * @param last the last of these steps
   */
  private void flush(String id, List<Metric> batch, long last)
      throws IOException, InterruptedException {
    for (int from = 0; from < batch.size(); from += MlflowClient.METRICS) {
      List<Metric> part = batch.subList(from, Math.min(batch.size(), from + MlflowClient.METRICS));
      client.log(id, part);
      part.forEach(
          metric ->
              taken.computeIfAbsent(metric.step(), step -> new HashSet<>()).add(metric.name()));
    }
    batch.clear();
    if (last > sent) {
      sent = last;
      keep(id);
    }
    taken.headMap(sent - LATE_STEPS).clear();
  }

  private void keep(String id) {
    try {
      new TrackingFile(server.toString(), id, sent).write(folder);
    } catch (IOException | RuntimeException e) {
      LOG.warn("tracking: a resumed run will be another one on {}: {}", server, reason(e));
    }
  }

  /** Says how the run ended. */
  private void end() throws InterruptedException {
    String id = run.orElseThrow();
    try {
      RunSummary summary = node.done().toCompletableFuture().get();
      client.log(id, Map.of(), Map.of("kelpie.policy-sha256", summary.policySha256()));
      client.update(
          id,
          switch (summary.status()) {
            case FINISHED -> "FINISHED";
            case STOPPED -> "KILLED";
            case FAILED -> "FAILED";
          },
          System.currentTimeMillis());
    } catch (IOException | RuntimeException | ExecutionException e) {
      LOG.warn("tracking: {} was not told the end of the run: {}", server, reason(e));
    }
  }

  /** Sends the rest after the end of the run, for at most {@value #LAST_SECONDS} s. */
  @Override
  public void close() {
    ending.countDown();
    try {
      thread.join(Duration.ofSeconds(LAST_SECONDS).toMillis());
      thread.interrupt();
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    long missing = node.view().metrics(sent + 1).size();
    if (missing > 0) {
      LOG.warn("tracking: {} did not take the metrics of {} steps", server, missing);
    }
  }
}
