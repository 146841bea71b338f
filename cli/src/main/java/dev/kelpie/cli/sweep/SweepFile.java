package dev.kelpie.cli.sweep;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.files.HomeFolder;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A sweep as its file describes it.
 *
 * @param file the file
 * @param experiment the experiment file
 * @param cells in the order of the file
 * @param block all values of the file
 */
record SweepFile(
    Path file, Path experiment, List<Cell> cells, SweepOptions options, ConfigBlock block) {
  private static final int MOST_CELLS = 1000;

  /** What a sweep decides itself: every run is one process without a page, at free ports. */
  private static final List<String> OWN =
      List.of(
          "cluster.roles=[]",
          "cluster.seed=\"\"",
          "cluster.port=0",
          "cluster.bulk-port=0",
          "dashboard.enabled=false");

  SweepFile {
    cells = List.copyOf(cells);
  }

  /**
   * Reads a sweep file.
   *
   * @param changes overrides of all cells given by -D
   * @throws ConfigException on anything wrong, with the place
   */
  static SweepFile read(Path file, List<String> changes) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(
          file
              + (Files.exists(file) ? ": not a file" : ": no such file")
              + " (expected: a sweep file; kelpie sweep --help shows one)");
    }
    ConfigBlock block = ExperimentFiles.block(file);
    if (block.values().containsKey("type")) {
      throw block.error("type", block.values().get("type"), "no such key");
    }
    SweepOptions options = block.bind(SweepOptions.DEFAULTS);
    Config given = ExperimentFiles.overrides(changes);
    Config common = given.withFallback(Settings.of(options.set().toConfig(), "set").toConfig());
    List<Cell> cells =
        new CellNames(options.list().isEmpty() ? grid(options) : list(options)).cells();
    cells.forEach(cell -> requireOwnKeys(cell, given, options));
    return new SweepFile(
        file,
        experiment(file, options, block),
        cells.stream().map(cell -> over(given, cell, common)).toList(),
        options,
        block);
  }

  private static Path experiment(Path file, SweepOptions options, ConfigBlock block) {
    String name = options.experiment();
    try {
      Path experiment = file.toAbsolutePath().resolveSibling(HomeFolder.expand(name)).normalize();
      if (!name.isEmpty() && Files.isRegularFile(experiment)) {
        return experiment;
      }
    } catch (InvalidPathException e) {
      throw e; // of the locale, not of the file
    } catch (IllegalArgumentException e) {
      throw block.error("experiment", name, "a file of this user: " + e.getMessage());
    }
    throw block.error(
        "experiment",
        name.isEmpty() ? null : name,
        "an experiment file, named from the folder of the sweep file");
  }

  /** A cell for each combination of the grid's values; the last key varies fastest. */
  private static List<CellNames.Unnamed> grid(SweepOptions options) {
    List<CellNames.Unnamed> cells = List.of(CellNames.Unnamed.EMPTY);
    for (var axis : Settings.of(options.grid().toConfig(), "grid").axes().entrySet()) {
      if ((long) cells.size() * axis.getValue().size() > MOST_CELLS) {
        throw Settings.wrong(
            "grid." + axis.getKey(),
            "more than " + MOST_CELLS + " cells",
            "at most that",
            axis.getValue().get(0));
      }
      cells =
          cells.stream()
              .flatMap(
                  cell -> axis.getValue().stream().map(value -> cell.with(axis.getKey(), value)))
              .toList();
    }
    return cells;
  }

  private static List<CellNames.Unnamed> list(SweepOptions options) {
    if (options.list().size() > MOST_CELLS) {
      throw new ConfigException(
          "list: more than " + MOST_CELLS + " cells (expected: at most that)");
    }
    Set<String> names = new HashSet<>();
    return options.list().stream()
        .map(
            block -> {
              if (block.values().containsKey("type")) {
                throw block.error("type", block.values().get("type"), "name or set");
              }
              SweepOptions.Entry entry = block.bind(SweepOptions.Entry.DEFAULTS);
              if (!entry.name().isEmpty() && !names.add(entry.name())) {
                throw block.error("name", entry.name(), "a name that no other cell has");
              }
              Settings settings = Settings.of(entry.set().toConfig(), block.path() + ".set");
              return new CellNames.Unnamed(entry.name(), settings);
            })
        .toList();
  }

  /** Refuses keys that the sweep itself gives to its runs. */
  private static void requireOwnKeys(Cell cell, Config given, SweepOptions options) {
    Config set = Settings.of(options.set().toConfig(), "set").toConfig();
    for (Config overrides : List.of(cell.overrides(), set, given)) {
      refuse(overrides, "run.seed", "seeds = [...] instead, which every cell is run with");
      if (options.samples() > 0) {
        refuse(overrides, "run.steps", "no run.steps, because it follows from samples");
      }
    }
    given
        .entrySet()
        .forEach(
            change -> {
              if (cell.overrides().hasPathOrNull(change.getKey())) {
                throw Settings.wrong(
                    change.getKey(),
                    Settings.text(change.getValue()),
                    "a key that the cells do not vary; cell " + cell.name() + " sets it",
                    change.getValue());
              }
            });
  }

  private static void refuse(Config overrides, String key, String expectation) {
    if (overrides.hasPathOrNull(key)) {
      ConfigValue value = overrides.getValue(key);
      throw Settings.wrong(key, Settings.text(value), expectation, value);
    }
  }

  private static Cell over(Config given, Cell cell, Config common) {
    Config overrides =
        ExperimentFiles.overrides(OWN)
            .withFallback(given)
            .withFallback(cell.overrides())
            .withFallback(common);
    return new Cell(cell.name(), cell.settings(), overrides);
  }

  /** The seeds of every cell. */
  List<Long> seeds(LoadedExperiment loaded) {
    return options.seeds().isEmpty() ? List.of(loaded.experiment().run().seed()) : options.seeds();
  }

  /**
   * Reads the experiment of a cell.
   *
   * @throws ConfigException on anything wrong, with the place
   */
  LoadedExperiment load(Cell cell, Config more) {
    Config overrides = more.withFallback(cell.overrides());
    LoadedExperiment loaded = ExperimentFiles.load(experiment, overrides);
    if (options.samples() == 0) {
      return loaded;
    }
    long perStep =
        (long) loaded.experiment().rollout().promptsPerStep()
            * loaded.experiment().rollout().groupSize();
    if (options.samples() % perStep != 0) {
      throw block.error(
          "samples",
          options.samples(),
          "a multiple of rollout.prompts-per-step x rollout.group-size = " + perStep);
    }
    Config steps =
        ConfigFactory.parseMap(
            Map.of("run.steps", options.samples() / perStep), "samples of the sweep");
    return ExperimentFiles.load(experiment, steps.withFallback(overrides));
  }

  /** The name of the sweep: that of its file. */
  String name() {
    String name = String.valueOf(file.getFileName()).replaceFirst("\\.conf$", "");
    return name.endsWith("sweep") ? name : name + "-sweep";
  }
}
