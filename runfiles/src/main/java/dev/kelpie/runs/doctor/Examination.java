package dev.kelpie.runs.doctor;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.MetricsFile;
import dev.kelpie.runs.SummaryFile;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The examination of a run, step by step: all rules over its metrics so far. It finds the same in a
 * live run as in a recorded one. Not thread-safe.
 */
public final class Examination {
  /** The end of a message of the learner. */
  private static final String NOT_FINITE = "(expected: finite)";

  private final RunFacts facts;
  private final List<Rule> rules;
  private final History history = new History();
  private final Map<String, Finding> findings = new LinkedHashMap<>();

  /** An examination by all rules. */
  public Examination(RunFacts facts) {
    this(facts, Rules.ALL);
  }

  Examination(RunFacts facts, List<Rule> rules) {
    this.facts = facts;
    this.rules = rules;
  }

  /**
   * Examines a recorded run.
   *
   * @param damaged takes one line for each damaged line of its metrics
   * @throws IOException when its metrics cannot be read
   */
  public static Examination of(RunFolder folder, Consumer<String> damaged) throws IOException {
    Examination examination = new Examination(RunFacts.read(folder));
    MetricsFile.readAll(folder, examination::add, damaged);
    examination.failed(error(folder));
    return examination;
  }

  private static String error(RunFolder folder) {
    try {
      return SummaryFile.read(folder.summaryFile()).path("error").asText();
    } catch (IOException | CorruptFileException e) {
      return ""; // the run is live, or was killed
    }
  }

  /** The run has failed; what is found for the first time by why it did. */
  public Optional<Finding> failed(String error) {
    String name = Rules.NOT_FINITE.name();
    if (!error.contains(NOT_FINITE) || findings.containsKey(name)) {
      return Optional.empty();
    }
    long step = history.step() + 1;
    Finding finding = Rules.NOT_FINITE.found("the run ended with: " + error, step, step, true);
    findings.put(name, finding);
    return Optional.of(finding);
  }

  /**
   * Adds the numbers of a step, or further numbers of the newest one, and returns what is found for
   * the first time.
   */
  public List<Finding> add(StepMetrics metrics) {
    history.add(metrics);
    List<Finding> fresh = new ArrayList<>();
    for (Rule rule : rules) {
      Finding before = findings.get(rule.name());
      rule.check()
          .at(history, facts)
          .ifPresentOrElse(
              evidence -> {
                long since = before == null ? history.step() : before.since();
                Finding now = rule.found(evidence, since, history.step(), true);
                findings.put(rule.name(), now);
                if (before == null) {
                  fresh.add(now);
                }
              },
              () -> {
                if (before != null) {
                  findings.put(rule.name(), over(rule, before));
                }
              });
    }
    return fresh;
  }

  private static Finding over(Rule rule, Finding before) {
    return rule.found(before.evidence(), before.since(), before.until(), false);
  }

  /** The newest step that was added, or -1. */
  public long step() {
    return history.step();
  }

  /** All findings in the order in which they were made; notes only while they hold. */
  public List<Finding> findings() {
    return findings.values().stream()
        .filter(finding -> finding.current() || finding.level() == Finding.Level.ALARM)
        .toList();
  }

  /** The findings that call for somebody. */
  public List<Finding> alarms() {
    return findings().stream().filter(finding -> finding.level() == Finding.Level.ALARM).toList();
  }
}
