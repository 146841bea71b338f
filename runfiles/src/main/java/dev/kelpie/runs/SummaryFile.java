package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code summary.json}: the result of a run, for people and programs. */
public final class SummaryFile {
  private static final int FORMAT = 1;
  private static final String EFFECTIVE = "run/effective_time";
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private SummaryFile() {}

  /**
   * Replaces the file.
   *
   * @param notes what a person has to know of the data
   */
  public static void write(RunFolder folder, RunSummary summary, List<String> notes)
      throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", FORMAT);
    json.put("status", summary.status().name().toLowerCase(Locale.ROOT));
    summary.error().ifPresent(error -> json.put("error", error));
    summary.reason().ifPresent(reason -> json.put("reason", reason));
    json.put("steps", summary.steps());
    number(json, "seconds", summary.seconds());
    number(json, "seconds-to-first-step", summary.secondsToFirstStep());
    json.put("tokens", summary.tokens());
    number(json, "effective-time", effectiveTime(folder));
    numbers(json.putObject("eval-before"), summary.evalBefore());
    numbers(json.putObject("eval-after"), summary.evalAfter());
    json.put("policy-sha256", summary.policySha256());
    number(json, "peak-rss-mib", summary.peakRssMib());
    numbers(json.putObject("timing-shares"), summary.timingShares());
    json.put("failed-rewards", summary.failedRewards());
    json.put("unequal-groups", summary.unequalGroups());
    if (summary.ledger().checked()) {
      ledger(json.putObject("ledger"), summary.ledger());
    }
    notes.forEach(json.withArray("notes")::add);
    summary.checkpoint().ifPresent(path -> json.put("checkpoint", inside(folder, path)));
    summary.best().ifPresent(best -> best(json.putObject("best"), best));
    summary
        .bestCheckpoint()
        .ifPresent(path -> json.withObject("/best").put("checkpoint", inside(folder, path)));
    AtomicFile.write(folder.summaryFile(), JSON.writeValueAsString(json) + "\n");
  }

  /** The effective training time up to the last step; NaN without one. */
  private static double effectiveTime(RunFolder folder) throws IOException {
    double[] last = {Double.NaN};
    MetricsFile.readAll(
        folder,
        step -> last[0] = Double.isNaN(step.get(EFFECTIVE)) ? last[0] : step.get(EFFECTIVE),
        damaged -> {});
    return last[0];
  }

  /** A path in the folder as it is called from there, so that it is right after a move. */
  private static String inside(RunFolder folder, Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    return absolute.startsWith(folder.root())
        ? folder.root().relativize(absolute).toString()
        : absolute.toString();
  }

  /**
   * Reads the file; its keys are those that {@link #write} puts.
   *
   * @throws CorruptFileException when it is no summary
   */
  public static JsonNode read(Path file) throws IOException {
    ObjectNode json = JsonFile.read(file);
    if (!json.path("status").isTextual()) {
      throw new CorruptFileException(
          file.getFileName() + ": no status (expected: a run's summary)");
    }
    return json;
  }

  /** The counts of samples in the ledger of a summary; none when there is no ledger in it. */
  static Map<String, Long> ledger(JsonNode summary) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> item : summary.path("ledger").properties()) {
      if (item.getValue().canConvertToLong()) {
        counts.put(item.getKey(), item.getValue().asLong());
      }
    }
    return counts;
  }

  private static void best(ObjectNode json, BestEvaluation best) {
    json.put("metric", best.metric());
    json.put("step", best.step());
    number(json, "value", best.value());
  }

  private static void ledger(ObjectNode json, LedgerCheck check) {
    json.put("clean", check.clean());
    check.counts().forEach(json::put);
    json.put("max-lag", check.maxLag());
    ObjectNode reasons = json.putObject("dropped-by");
    check.droppedBy().forEach(reasons::put);
    check.violations().forEach(json.withArray("violations")::add);
  }

  private static void numbers(ObjectNode json, Map<String, Double> values) {
    values.forEach((name, value) -> number(json, name, value));
  }

  private static void number(ObjectNode json, String name, double value) {
    JsonFile.put(json, name, Double.isFinite(value) ? Math.round(value * 1e6) / 1e6 : value);
  }
}
