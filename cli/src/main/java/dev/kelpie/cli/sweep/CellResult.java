package dev.kelpie.cli.sweep;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The runs of a cell, one for each seed; its numbers are those of the runs that have finished. */
record CellResult(Cell cell, List<RunResult> runs) {
  CellResult {
    runs = List.copyOf(runs);
  }

  List<RunResult> finished() {
    return runs.stream().filter(RunResult::isFinished).toList();
  }

  /** The last values of the metric. */
  Spread value() {
    return over(RunResult::value);
  }

  /** The spread over the seeds of a number of a run. */
  Spread over(ToDoubleFunction<RunResult> number) {
    return Spread.of(finished().stream().map(number::applyAsDouble).toList());
  }

  /** The spread over the seeds by step, of those that have a value at the step. */
  SortedMap<Long, Spread> curve(Function<RunResult, SortedMap<Long, Double>> curve) {
    TreeSet<Long> steps = new TreeSet<>();
    finished().forEach(run -> steps.addAll(curve.apply(run).keySet()));
    SortedMap<Long, Spread> spreads = new TreeMap<>();
    for (long step : steps) {
      spreads.put(
          step,
          Spread.of(
              finished().stream()
                  .map(run -> curve.apply(run).getOrDefault(step, Double.NaN))
                  .toList()));
    }
    return spreads;
  }
}
