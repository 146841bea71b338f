package dev.kelpie.cli.inspect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.LedgerCheck;
import dev.kelpie.runs.Manifest;
import dev.kelpie.runs.OpenJournals;
import dev.kelpie.runs.RunLog;
import dev.kelpie.runs.RunRecord;
import dev.kelpie.runs.Sizes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Looks into a run folder. */
final class RunInspection {
  private static final int LAST_TROUBLES = 5;
  private static final List<String> SUMMED =
      List.of("issued", "consumed", "measured", "dropped", "in-flight");

  private RunInspection() {}

  static Inspection of(Path run) {
    Inspection seen = new Inspection(run, "run");
    RunFolder folder = new RunFolder(run);
    RunRecord record = RunRecord.read(folder, OpenJournals.now());
    record.problems().forEach(problem -> seen.problem(run + ": " + problem));
    addRecord(seen.facts(), record);
    seen.attempt(() -> addDisk(seen.facts(), folder));
    boolean lives = record.status().startsWith(RunRecord.RUNNING);
    seen.attempt(() -> addCheckpoints(seen, folder, lives));
    seen.attempt(() -> addWeights(seen, folder, lives));
    seen.attempt(() -> addEvents(seen.facts(), folder.runEventsFile()));
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
    firstLines(record.folder().experimentFile())
        .ifPresent(origin -> facts.put("experiment", origin));
    number(facts, "reward", record.reward());
    number(facts, "held-out-before", record.before());
    number(facts, "held-out-after", record.after());
    number(facts, "seconds", record.seconds());
    for (String name : List.of("tokens", "peak-rss-mib", "policy-sha256", "failed-rewards")) {
      if (record.summary().hasNonNull(name)) {
        facts.set(name, record.summary().get(name));
      }
    }
    facts.put("bytes", record.bytes());
  }

  /** Where the experiment came from, as its head says: file, seed, commit. */
  private static Optional<String> firstLines(Path experiment) {
    try (Stream<String> lines = Files.lines(experiment)) {
      return lines
          .limit(2)
          .filter(line -> line.startsWith("# From "))
          .map(line -> line.substring("# From ".length()).replaceFirst("\\.$", ""))
          .findFirst();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private static void number(ObjectNode facts, String name, double value) {
    if (!Double.isNaN(value)) {
      facts.put(name, Math.round(value * 1e4) / 1e4);
    }
  }

  private static void addDisk(ObjectNode facts, RunFolder folder) {
    Map<String, Long> parts = new TreeMap<>();
    try (Stream<Path> paths = Files.list(folder.root())) {
      paths
          .filter(Files::isDirectory)
          .forEach(path -> parts.put(String.valueOf(path.getFileName()), Sizes.below(path)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ArrayNode disk = facts.putArray("disk");
    parts.forEach((part, bytes) -> disk.addObject().put("folder", part).put("bytes", bytes));
  }

  private static void addCheckpoints(Inspection seen, RunFolder folder, boolean lives) {
    ArrayNode list = seen.facts().putArray("checkpoints");
    for (Path checkpoint : Checkpoints.of(folder)) {
      List<String> problems = Checkpoints.problems(checkpoint);
      if (lives && !Files.exists(checkpoint)) {
        continue; // a run that lives has deleted it meanwhile, because there is a newer one
      }
      problems.forEach(seen::problem);
      ObjectNode node = list.addObject();
      node.put("step", Checkpoints.step(checkpoint));
      node.put("bytes", Sizes.below(checkpoint));
      node.put("state", problems.isEmpty() ? "as written" : "broken");
      seen.attempt(
          () ->
              Manifest.in(checkpoint)
                  .ifPresent(
                      manifest ->
                          node.put(
                              "policy-sha256", manifest.json().path("policy-sha256").asText())));
    }
  }

  private static void addWeights(Inspection seen, RunFolder folder, boolean lives) {
    Optional<Manifest> manifest = Manifest.in(folder.weights());
    if (manifest.isEmpty()) {
      return;
    }
    ArrayNode list = seen.facts().putArray("weights");
    for (Manifest.Entry entry : manifest.get().entries()) {
      Optional<String> problem = manifest.get().problem(entry);
      if (lives && !Files.exists(folder.weights().resolve(entry.path()))) {
        continue; // as above
      }
      problem.ifPresent(seen::problem);
      list.addObject()
          .put("file", entry.path())
          .put("bytes", entry.bytes())
          .put("state", problem.isEmpty() ? "as written" : "broken")
          .put("sha256", entry.sha256());
    }
  }

  /** What people were told of the run: how much of each level, and the last of its troubles. */
  private static void addEvents(ObjectNode facts, Path file) {
    if (!Files.isRegularFile(file)) {
      return;
    }
    Map<String, Integer> levels = new TreeMap<>();
    Deque<JsonNode> troubles = new ArrayDeque<>();
    try (Stream<String> lines = Files.lines(file)) {
      lines.forEach(
          line -> {
            JsonNode event = parsed(line);
            String level = event.path("level").asText().toLowerCase(Locale.ROOT);
            levels.merge(level.isEmpty() ? "unreadable" : level, 1, Integer::sum);
            if (level.equals("warning") || level.equals("error")) {
              troubles.addLast(event);
            }
            if (troubles.size() > LAST_TROUBLES) {
              troubles.removeFirst();
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ObjectNode events = facts.putObject("events");
    levels.forEach(events::put);
    ArrayNode last = events.putArray("last-troubles");
    for (JsonNode event : troubles) {
      last.addObject()
          .put("time", event.path("time").asText())
          .put("level", event.path("level").asText())
          .put("source", event.path("source").asText())
          .put("text", event.path("text").asText());
    }
  }

  private static JsonNode parsed(String line) {
    try {
      return Inspection.JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance(); // the last line of a killed run may be torn
    }
  }

  /** The journal counted again, and whether the run's own count agrees. */
  private static void addLedger(Inspection seen, RunFolder folder, RunRecord record) {
    RunLog.Recount recount = RunLog.recount(folder.events());
    if (recount.segments() == 0) {
      return;
    }
    ObjectNode ledger = seen.facts().putObject("ledger");
    ledger.put("journal-segments", recount.segments()).put("journal-lines", recount.lines());
    LedgerCheck count = recount.ledger();
    long[] counted = {
      count.issued(), count.consumed(), count.measured(), count.dropped(), count.inFlight()
    };
    for (int i = 0; i < counted.length; i++) {
      ledger.put(SUMMED.get(i), counted[i]);
    }
    count.violations().forEach(problem -> seen.problem(folder.events() + ": " + problem));
    boolean ended = !record.status().startsWith(RunRecord.RUNNING);
    if (ended && !record.status().equals(RunRecord.KILLED) && record.summary().has("ledger")) {
      for (int i = 0; i < counted.length; i++) {
        long said = record.summary().path("ledger").path(SUMMED.get(i)).asLong();
        if (said != counted[i]) {
          seen.problem(
              String.format(
                  "%s: ledger.%s: %s (expected: %s by the journal)",
                  folder.summaryFile(), SUMMED.get(i), said, counted[i]));
        }
      }
      record
          .summary()
          .path("ledger")
          .path("violations")
          .forEach(violation -> seen.problem(folder.summaryFile() + ": " + violation.asText()));
    }
    ledger.put("check", count.clean() ? "clean" : "violated");
  }
}
