package dev.kelpie.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.files.InputFile;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.FileTree;
import dev.kelpie.runs.LedgerCheck;
import dev.kelpie.runs.OpenJournals;
import dev.kelpie.runs.RunEventsFile;
import dev.kelpie.runs.RunInput;
import dev.kelpie.runs.RunLog;
import dev.kelpie.runs.RunRecord;
import dev.kelpie.runs.Sizes;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.Manifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Inspects a run folder. */
final class RunInspection {
  private static final int LAST_TROUBLES = 5;
  private static final int MOST_EXPERIMENT_BYTES = 1 << 20;

  private RunInspection() {}

  static Inspection of(Path run) {
    Inspection seen = new Inspection(run, "run");
    RunFolder folder = new RunFolder(run);
    RunRecord record = RunRecord.read(folder, OpenJournals.now());
    record.problems().forEach(problem -> seen.problem(run + ": " + problem));
    addRecord(seen.facts(), record);
    addIterations(seen.facts(), folder);
    seen.attempt(() -> addDisk(seen.facts(), folder));
    boolean runs = record.status().startsWith(RunRecord.RUNNING);
    seen.attempt(() -> addCheckpoints(seen, folder, runs));
    seen.attempt(() -> addWeights(seen, folder, runs));
    seen.attempt(() -> addEvents(seen, run, folder.runEventsFile()));
    seen.attempt(() -> addLedger(seen, folder, record));
    return seen;
  }

  private static void addRecord(ObjectNode facts, RunRecord record) {
    facts.put("status", record.status());
    if (record.summary().hasNonNull("error")) {
      facts.put("error", record.summary().path("error").asText());
    }
    facts.put("steps", record.done());
    record.asked().ifPresent(steps -> facts.put("steps-asked", steps));
    record.seed().ifPresent(seed -> facts.put("seed", seed));
    origin(record.folder()).ifPresent(origin -> facts.put("experiment", origin));
    number(facts, "reward", record.reward());
    number(facts, "held-out-before", record.before());
    number(facts, "held-out-after", record.after());
    number(facts, "seconds", record.seconds());
    for (String name : List.of("tokens", "peak-rss-mib", "policy-sha256", "failed-rewards")) {
      if (record.summary().hasNonNull(name)) {
        facts.set(name, record.summary().get(name));
      }
    }
    if (record.summary().hasNonNull("best")) {
      facts.set("best", record.summary().get("best"));
    }
    facts.put("bytes", record.bytes());
  }

  /** The plan of the iterations, where the experiment is readable and has some. */
  private static void addIterations(ObjectNode facts, RunFolder folder) {
    try {
      InputFile.requireInside(folder.root(), folder.experimentFile());
      Experiment experiment =
          ExperimentFiles.loadRecorded(folder.experimentFile(), List.of()).experiment();
      if (experiment.iterations().used()) {
        facts.put("iterations", experiment.iterations().plan(experiment.run().steps()));
      }
    } catch (ConfigException | IOException e) {
      // The record of the run says what is wrong with its experiment.
    }
  }

  /** Origin of the experiment from its first lines: file, seed, commit. */
  private static Optional<String> origin(RunFolder folder) {
    try {
      byte[] text = RunInput.bytes(folder.root(), folder.experimentFile(), MOST_EXPERIMENT_BYTES);
      return new String(text, StandardCharsets.UTF_8)
          .lines()
          .limit(2)
          .filter(line -> line.startsWith("# From "))
          .map(line -> line.substring("# From ".length()).replaceFirst("\\.$", ""))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static void number(ObjectNode facts, String name, double value) {
    if (!Double.isNaN(value)) {
      facts.put(name, Math.round(value * 1e4) / 1e4);
    }
  }

  private static void addDisk(ObjectNode facts, RunFolder folder) throws IOException {
    Map<String, Long> parts = new TreeMap<>();
    for (Path path : FileTree.list(folder.root())) {
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        parts.put(String.valueOf(path.getFileName()), Sizes.below(path));
      }
    }
    ArrayNode disk = facts.putArray("disk");
    parts.forEach((part, bytes) -> disk.addObject().put("folder", part).put("bytes", bytes));
  }

  private static void addCheckpoints(Inspection seen, RunFolder folder, boolean runs) {
    ArrayNode list = seen.facts().putArray("checkpoints");
    CheckpointStore store = new CheckpointStore(folder.checkpoints());
    List<Path> newestFirst = store.newestFirst();
    for (int i = newestFirst.size() - 1; i >= 0; i--) {
      addCheckpoint(seen, list, store, newestFirst.get(i), runs);
    }
  }

  private static void addCheckpoint(
      Inspection seen, ArrayNode list, CheckpointStore store, Path checkpoint, boolean runs) {
    List<String> problems = new ArrayList<>();
    String policySha256 = "";
    try {
      Manifest manifest = store.manifestOf(checkpoint);
      policySha256 = manifest.facts().path("policy-sha256").asText();
      manifest.damages().forEach(damage -> problems.add(damage.toString()));
    } catch (CorruptFileException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
    if (runs && !Files.exists(checkpoint)) {
      return; // the run has deleted it meanwhile, because there is a newer one
    }
    problems.forEach(seen::problem);
    ObjectNode node = list.addObject();
    node.put("step", CheckpointStore.stepOf(checkpoint));
    node.put("bytes", Sizes.below(checkpoint));
    node.put("state", problems.isEmpty() ? "as written" : "broken");
    if (!policySha256.isEmpty()) {
      node.put("policy-sha256", policySha256);
    }
  }

  private static void addWeights(Inspection seen, RunFolder folder, boolean runs)
      throws IOException {
    Path file = folder.weights().resolve(Manifest.NAME);
    if (Files.exists(file)) {
      InputFile.requireInside(folder.root(), file);
    }
    Optional<Manifest> manifest = Manifest.in(folder.weights());
    if (manifest.isEmpty()) {
      return;
    }
    ArrayNode list = seen.facts().putArray("weights");
    for (Manifest.Entry entry : manifest.get().entries()) {
      Optional<Manifest.Damage> damage = manifest.get().check(entry);
      if (!runs || manifest.get().length(entry) >= 0) { // a run deletes old versions meanwhile
        FileInspection.add(seen, list, entry, damage);
      }
    }
  }

  /** Counts of the reported events by level, and the last warnings and errors. */
  private static void addEvents(Inspection seen, Path run, Path file) {
    if (!Files.exists(file)) {
      return;
    }
    Map<String, Integer> levels = new TreeMap<>();
    Deque<RunEvent> troubles = new ArrayDeque<>();
    RunEventsFile.read(
        file,
        event -> {
          levels.merge(KebabCase.of(event.level()), 1, Integer::sum);
          if (event.level() != RunEvent.Level.INFO) {
            troubles.addLast(event);
          }
          if (troubles.size() > LAST_TROUBLES) {
            troubles.removeFirst();
          }
        },
        damaged -> seen.problem(run + ": " + damaged));
    ObjectNode events = seen.facts().putObject("events");
    levels.forEach(events::put);
    ArrayNode last = events.putArray("last-troubles");
    for (RunEvent event : troubles) {
      last.addObject()
          .put("time", event.time().toString())
          .put("level", KebabCase.of(event.level()))
          .put("source", event.source())
          .put("text", event.text());
    }
  }

  /** Recounts the journal and compares the counts with those of the summary. */
  private static void addLedger(Inspection seen, RunFolder folder, RunRecord record) {
    RunLog.Recount recount = RunLog.recount(folder.events());
    if (recount.segments() == 0) {
      return;
    }
    ObjectNode ledger = seen.facts().putObject("ledger");
    ledger.put("journal-segments", recount.segments()).put("journal-lines", recount.lines());
    LedgerCheck counted = recount.ledger();
    counted.counts().forEach(ledger::put);
    counted.violations().forEach(problem -> seen.problem(folder.events() + ": " + problem));
    boolean ended = !record.status().startsWith(RunRecord.RUNNING);
    if (ended && !record.status().equals(RunRecord.KILLED) && record.summary().has("ledger")) {
      compare(seen, folder.summaryFile(), record.summary().path("ledger"), counted);
    }
    ledger.put("check", counted.clean() ? "clean" : "violated");
  }

  private static void compare(Inspection seen, Path file, JsonNode summary, LedgerCheck counted) {
    counted
        .counts()
        .forEach(
            (name, count) -> {
              if (summary.path(name).asLong() != count) {
                seen.problem(
                    String.format(
                        Locale.ROOT,
                        "%s: ledger.%s: %s (expected: %s by the journal)",
                        file,
                        name,
                        summary.path(name).asLong(),
                        count));
              }
            });
    summary.path("violations").forEach(violation -> seen.problem(file + ": " + violation.asText()));
  }
}
