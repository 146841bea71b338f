package dev.kelpie.config.file;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValueFactory;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.Origins;
import dev.kelpie.config.RecordBinder;
import dev.kelpie.config.hosts.HostOptions;
import dev.kelpie.config.remote.Destinations;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads experiment files. */
public final class ExperimentFiles {
  private static final String NAME = "run.name";
  private static final Pattern OPTIONAL_VARIABLE = Pattern.compile("\\$\\{\\?[A-Z][A-Z0-9_]*\\}");
  private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"");

  private ExperimentFiles() {}

  /**
   * Reads {@code file}, lays {@code overrides} over it, adds the preset it names and binds it.
   *
   * <p>A relative {@code path} is taken from the folder of the file it is written in; one from an
   * override from the working folder.
   *
   * @param overrides {@code key=value}, as given by -D
   * @throws ConfigException on anything that is wrong, with the place
   */
  public static LoadedExperiment load(Path file, List<String> overrides) {
    return bounded(file, () -> bound(HoconSource.parse(file), file, Overrides.parse(overrides)));
  }

  /**
   * The same with overrides that were written in a file: messages name their places, and a relative
   * {@code path} among them is taken from the folder of that file.
   */
  public static LoadedExperiment load(Path file, Config overrides) {
    return bounded(file, () -> bound(HoconSource.parse(file), file, overrides));
  }

  /**
   * The values of a file about experiments, such as a sweep, read as strictly as an experiment.
   *
   * @throws ConfigException on anything that is wrong, with the place
   */
  public static ConfigBlock block(Path file) {
    return bounded(file, () -> new ConfigBlock("", resolve(HoconSource.parse(file)).root()));
  }

  /** Parses {@code key=value} overrides as given by -D; a later one wins. */
  public static Config overrides(List<String> overrides) {
    return Overrides.parse(overrides);
  }

  /**
   * Reads the experiment that a run has recorded in its folder, as {@link #load} does. Includes and
   * substitutions in it are refused: the folder may come from somebody else.
   *
   * @throws ConfigException on anything that is wrong, with the place
   */
  public static LoadedExperiment loadRecorded(Path file, List<String> overrides) {
    return bounded(
        file, () -> bound(HoconSource.parseRecorded(file), file, Overrides.parse(overrides)));
  }

  /**
   * The values of an experiment that a run has recorded, as they are written; keys that are not
   * known are kept.
   *
   * @throws ConfigException when the file cannot be read, or has includes or substitutions
   */
  public static Config recorded(Path file) {
    return bounded(file, () -> HoconSource.parseRecorded(file));
  }

  /** The parser and the binder follow the nesting of a file on the stack. */
  private static <T> T bounded(Path file, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (StackOverflowError e) {
      throw new ConfigException(
          Origins.shown(file) + ": nested too deeply (expected: at most 100 levels)");
    }
  }

  private static LoadedExperiment bound(Config parsed, Path file, Config overrides) {
    Config written = overrides.withFallback(parsed);
    Config resolved = resolve(written);
    Config complete = Presets.complete(resolved);
    Config located = named(RelativePaths.resolve(complete), file);
    Experiment experiment = RecordBinder.bind(located.root(), "", Experiment.DEFAULTS, Set.of());
    LoadedExperiment loaded = new LoadedExperiment(file, experiment, located);
    requireInputs(loaded);
    Stages.of(experiment);
    HostOptions.all(experiment);
    loaded.check(Destinations::tracker);
    return loaded;
  }

  /** Names a run without a name after its file. */
  private static Config named(Config config, Path file) {
    if (config.hasPath(NAME) && !config.getValue(NAME).unwrapped().equals("")) {
      return config;
    }
    String name = String.valueOf(file.getFileName()).replaceFirst("\\.conf$", "");
    return config.withValue(NAME, ConfigValueFactory.fromAnyRef(name, "the file's name"));
  }

  private static Config resolve(Config written) {
    refuseEnvironment(written);
    try {
      return written.resolve(ConfigResolveOptions.defaults().setUseSystemEnvironment(false));
    } catch (com.typesafe.config.ConfigException e) {
      throw HoconSource.failure(e);
    }
  }

  /** {@code ${?HOME}/x} would be {@code /x} in silence, because the environment is not read. */
  private static void refuseEnvironment(Config written) {
    String text = written.root().render(ConfigRenderOptions.concise());
    Matcher variable = OPTIONAL_VARIABLE.matcher(QUOTED.matcher(text).replaceAll(""));
    if (variable.find()) {
      throw new ConfigException(
          variable.group()
              + ": a variable of the environment (expected: a key of the experiment; the"
              + " environment is not read, and ~/ is the home folder)");
    }
  }

  private static void requireInputs(LoadedExperiment loaded) {
    Experiment experiment = loaded.experiment();
    if (experiment.data().path().isEmpty()) {
      throw loaded.error("data.path", null, "a file of prompts; give it with -D data.path=FILE");
    }
    if (experiment.policy().path().isEmpty()) {
      throw loaded.error(
          "policy.path", null, "a checkpoint folder; give it with -D policy.path=FOLDER");
    }
  }
}
