package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.typesafe.config.Config;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.files.InputFile;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Overview of a run from the files of its folder. A file that is missing or damaged is a problem in
 * words, and the rest is read all the same.
 *
 * @param status finished, stopped or failed as the run itself wrote; running while a process has
 *     its journal open; killed when it ended without writing one; broken when it is no run folder
 * @param done steps whose metrics are written
 * @param asked {@code run.steps}, if it is readable
 * @param seed {@code run.seed}, if it is readable
 * @param reward mean reward of the newest step, or NaN
 * @param before held-out reward of the weights at the start, or NaN
 * @param after the last measured held-out reward, or NaN before there is a second
 * @param seconds wall time of the last process's part, or NaN
 * @param bytes disk use
 * @param started when the folder's experiment was written
 * @param summary {@code summary.json}; missing while there is none
 * @param problems one line each
 */
public record RunRecord(
    RunFolder folder,
    String status,
    long done,
    OptionalLong asked,
    OptionalLong seed,
    double reward,
    double before,
    double after,
    double seconds,
    long bytes,
    Optional<Instant> started,
    JsonNode summary,
    List<String> problems) {
  public static final String RUNNING = "running";
  public static final String KILLED = "killed";
  static final String BROKEN = "broken";

  /** A run that wrote within this time may be running where open journals cannot be listed. */
  private static final Duration LATELY = Duration.ofMinutes(2);

  /** Reads {@code folder}; {@code open} says whether the run is running. */
  public static RunRecord read(RunFolder folder, OpenJournals open) {
    return new Reader(folder).read(open);
  }

  private static final class Reader {
    private final RunFolder folder;
    private final List<String> problems = new ArrayList<>();
    private long done;
    private double reward = Double.NaN;
    private double before = Double.NaN;
    private double after = Double.NaN;
    private double seconds;

    Reader(RunFolder folder) {
      this.folder = folder;
    }

    RunRecord read(OpenJournals open) {
      Optional<Config> experiment = experiment();
      readMetrics();
      JsonNode summary = summary();
      String status = status(open, experiment.isPresent(), summary);
      double said = summary.path("seconds").asDouble(Double.NaN);
      return new RunRecord(
          folder,
          status,
          Math.max(done, summary.path("steps").asLong(0)),
          number(experiment, "run.steps"),
          number(experiment, "run.seed"),
          reward,
          before,
          after,
          Double.isNaN(said) && seconds > 0 ? seconds : said,
          Sizes.below(folder.root()),
          modified(folder.experimentFile()),
          summary,
          problems);
    }

    private Optional<Config> experiment() {
      Path file = folder.experimentFile();
      if (!Files.exists(file)) {
        problems.add(file.getFileName() + ": missing (expected: the run's experiment)");
        return Optional.empty();
      }
      try {
        InputFile.requireInside(folder.root(), file);
        return Optional.of(ExperimentFiles.recorded(file));
      } catch (ConfigException e) {
        problems.add(String.valueOf(e.getMessage()));
      } catch (IOException e) {
        problems.add(file.getFileName() + ": not readable: " + RunInput.reason(e));
      }
      return Optional.empty();
    }

    private static OptionalLong number(Optional<Config> experiment, String path) {
      try {
        return experiment.isPresent() && experiment.get().hasPath(path)
            ? OptionalLong.of(experiment.get().getLong(path))
            : OptionalLong.empty();
      } catch (com.typesafe.config.ConfigException e) {
        return OptionalLong.empty();
      }
    }

    /** The newest step's reward, and the first and the last measurement. */
    private void readMetrics() {
      try {
        RecordedLines.readAll(
            folder.metricsFile(),
            MetricsFile::read,
            (metrics, line) -> add(metrics),
            problems::add);
      } catch (IOException e) {
        problems.add("metrics.jsonl: not readable: " + RunInput.reason(e));
      }
    }

    private void add(StepMetrics metrics) {
      if (!Double.isNaN(metrics.get("reward/mean"))) {
        done = Math.max(done, metrics.step());
        reward = metrics.get("reward/mean");
        double taken = metrics.get("timing_s/step");
        seconds += Double.isNaN(taken) ? 0 : taken;
      }
      double measured = metrics.get("eval/reward/mean");
      if (!Double.isNaN(measured)) {
        if (Double.isNaN(before)) {
          before = measured;
        } else {
          after = measured;
        }
      }
    }

    private JsonNode summary() {
      Path file = folder.summaryFile();
      if (!Files.exists(file)) {
        return MissingNode.getInstance();
      }
      try {
        JsonNode summary = SummaryFile.read(file);
        if (Double.isNaN(before)) { // without metrics; they know if there was a second one
          before = summary.at("/eval-before/eval~1reward~1mean").asDouble(Double.NaN);
          after = summary.at("/eval-after/eval~1reward~1mean").asDouble(Double.NaN);
        }
        return summary;
      } catch (CorruptFileException e) {
        problems.add(String.valueOf(e.getMessage()));
      } catch (IOException e) {
        problems.add("summary.json: not readable: " + RunInput.reason(e));
      }
      return MissingNode.getInstance();
    }

    private String status(OpenJournals open, boolean hasExperiment, JsonNode summary) {
      if (!hasExperiment) {
        return BROKEN;
      }
      Optional<Boolean> running = open.anyIn(folder.events());
      if (running.orElse(false)) {
        return RUNNING;
      }
      if (Journal.lastEvent(folder.events()).orElse(null) instanceof JournalEvent.Ended ended) {
        return ended.status();
      }
      if (!Files.isDirectory(folder.events()) && summary.has("status")) {
        return summary.path("status").asText();
      }
      return running.isEmpty() && wroteLately() ? RUNNING + "?" : KILLED;
    }

    private boolean wroteLately() {
      return modified(folder.metricsFile())
          .map(time -> time.isAfter(Instant.now().minus(LATELY)))
          .orElse(false);
    }

    private static Optional<Instant> modified(Path file) {
      try {
        return Optional.of(Files.getLastModifiedTime(file)).map(FileTime::toInstant);
      } catch (IOException e) {
        return Optional.empty();
      }
    }
  }
}
