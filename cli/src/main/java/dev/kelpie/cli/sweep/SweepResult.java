package dev.kelpie.cli.sweep;

import dev.kelpie.cli.terminal.TextTable;
import dev.kelpie.config.Goal;
import dev.kelpie.runs.OpenJournals;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The result of a sweep so far.
 *
 * @param cells the best first; cells without a finished run last, in the order of the file
 */
record SweepResult(SweepPlan plan, List<CellResult> cells) {
  SweepResult {
    cells = List.copyOf(cells);
  }

  /**
   * Reads the folders of all runs.
   *
   * @param failures why runs have failed in this process
   */
  static SweepResult read(SweepPlan plan, Map<SweepRun, String> failures) {
    SweepOptions options = plan.sweep().options();
    OpenJournals open = OpenJournals.now();
    Map<String, List<RunResult>> runs = new LinkedHashMap<>();
    for (SweepRun run : plan.runs()) {
      runs.computeIfAbsent(run.cell().name(), name -> new ArrayList<>())
          .add(RunResult.read(run, options.metric(), Optional.ofNullable(failures.get(run)), open));
    }
    List<CellResult> cells =
        runs.values().stream()
            .map(results -> new CellResult(results.get(0).run().cell(), results))
            .sorted(
                Comparator.comparing(
                    (CellResult cell) -> cell.value().mean(), options.goal().bestFirst()))
            .toList();
    return new SweepResult(plan, cells);
  }

  List<RunResult> runs() {
    return cells.stream().flatMap(cell -> cell.runs().stream()).toList();
  }

  boolean isFinished() {
    return runs().stream().allMatch(RunResult::isFinished);
  }

  /** The metric and the order of the cells, in words. */
  String title() {
    SweepOptions options = plan.sweep().options();
    return options.metric()
        + (options.goal() == Goal.MAX ? ", the largest first" : ", the smallest first");
  }

  /** The table of the cells. */
  TextTable table() {
    return new TextTable(
        List.of("cell", "seeds", "held-out", "mean", "std", "samples", "seconds"),
        cells.stream().map(SweepResult::cells).toList());
  }

  /** The cells of a row. */
  static List<String> cells(CellResult cell) {
    String before = number(cell.over(RunResult::before).mean());
    String after = number(cell.over(RunResult::after).mean());
    return List.of(
        cell.cell().name(),
        cell.finished().size() + "/" + cell.runs().size(),
        before.equals("-") ? "-" : before + " -> " + after,
        number(cell.value().mean()),
        number(cell.value().deviation()),
        whole(cell.over(RunResult::samples).mean()),
        whole(cell.over(RunResult::seconds).mean()));
  }

  /** The cells of a row of a run: seed, status, steps, held-out, value, samples, seconds. */
  static List<String> cells(RunResult run) {
    return List.of(
        String.valueOf(run.run().seed()),
        run.status(),
        run.steps() + "/" + run.run().experiment().experiment().run().steps(),
        number(run.before()) + " -> " + number(run.after()),
        number(run.value()),
        String.valueOf(run.samples()),
        whole(run.seconds()));
  }

  /** Runs that have not finished, one line each. */
  List<String> unfinished() {
    return runs().stream()
        .filter(run -> !run.isFinished() && !run.status().equals(RunResult.NEW))
        .map(
            run ->
                run.run().name()
                    + ": "
                    + run.status()
                    + (run.steps() > 0 ? " after step " + run.steps() : "")
                    + run.error().map(error -> ": " + error).orElse(""))
        .toList();
  }

  /** Why the numbers of samples of the cells do not compare; empty if they do. */
  Optional<String> unequalSamples() {
    long different =
        cells.stream()
            .filter(cell -> !cell.finished().isEmpty())
            .map(cell -> whole(cell.over(RunResult::samples).mean()))
            .distinct()
            .count();
    return different > 1
        ? Optional.of(
            "note: the cells were trained on different numbers of samples; samples = N in the sweep"
                + " file makes them equal")
        : Optional.empty();
  }

  /** A number with three digits behind the point, or three significant ones where it is small. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "-";
    }
    boolean small = value != 0 && Math.abs(value) < 0.01;
    return String.format(Locale.ROOT, small ? "%.3g" : "%.3f", value);
  }

  private static String whole(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.0f", value);
  }
}
