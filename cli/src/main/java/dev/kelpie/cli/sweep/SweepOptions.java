package dev.kelpie.cli.sweep;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Goal;
import dev.kelpie.config.Require;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * The keys of a sweep file.
 *
 * @param experiment file of the experiment, from the folder of the sweep file
 * @param seeds values of {@code run.seed}; empty: that of the experiment
 * @param set overrides of all cells
 * @param grid lists of values by key; a cell for each combination
 * @param list cells, each with its name and overrides
 * @param metric the number of {@code metrics.jsonl} that cells are compared by
 * @param goal whether a large or a small value is better
 * @param samples responses that each run is trained on, from which run.steps follows; 0: as the
 *     experiment says
 */
record SweepOptions(
    String experiment,
    List<Long> seeds,
    ConfigBlock set,
    ConfigBlock grid,
    List<ConfigBlock> list,
    String metric,
    Goal goal,
    long samples) {
  static final SweepOptions DEFAULTS =
      new SweepOptions(
          "",
          List.of(),
          ConfigBlock.empty("set"),
          ConfigBlock.empty("grid"),
          List.of(),
          "eval/reward/mean",
          Goal.MAX,
          0);

  /**
   * A cell of the list.
   *
   * @param name empty: made of its overrides
   */
  record Entry(String name, ConfigBlock set) {
    static final Entry DEFAULTS = new Entry("", ConfigBlock.of("set", Map.of()));

    Entry {
      Require.that(
          name.matches("|[A-Za-z0-9_][A-Za-z0-9._+=,-]{0,79}"),
          "name: %s (expected: at most 80 letters, digits and . _ + = , - because it is the name of"
              + " a folder)",
          name);
    }
  }

  SweepOptions {
    seeds = List.copyOf(seeds);
    list = List.copyOf(list);
    Require.that(
        new HashSet<>(seeds).size() == seeds.size(), "seeds: %s (expected: each once)", seeds);
    Require.that(
        list.isEmpty() || grid.values().isEmpty(),
        "list: given beside grid (expected: one of the two)");
    Require.that(!metric.isBlank(), "metric: empty (expected: a name such as eval/reward/mean)");
    Require.atLeast("samples", samples, 0);
  }
}
