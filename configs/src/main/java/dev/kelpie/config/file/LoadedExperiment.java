package dev.kelpie.config.file;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.Origins;
import dev.kelpie.config.RecordBinder;
import dev.kelpie.config.Require;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An experiment as it was read, with the places its values came from. */
public final class LoadedExperiment {
  private final Path file;
  private final Experiment experiment;
  private final Config resolved;

  LoadedExperiment(Path file, Experiment experiment, Config resolved) {
    this.file = file;
    this.experiment = experiment;
    this.resolved = resolved;
  }

  /** The file it was read from. */
  public Path file() {
    return file;
  }

  /** The experiment, checked against itself only: files that it names may be missing. */
  public Experiment experiment() {
    return experiment;
  }

  /**
   * The result of a check of the whole experiment. If the check fails by {@link Require}, with a
   * message that starts with the key's path, the exception says where the value was written.
   */
  public <T> T check(Function<? super Experiment, ? extends T> check) {
    try {
      return check.apply(experiment);
    } catch (IllegalArgumentException e) {
      throw RecordBinder.refused(resolved.root(), "", e);
    }
  }

  /** An exception: what is wrong with the value at {@code path}, and where it was written. */
  public ConfigException error(String path, @Nullable Object value, String expectation) {
    return ConfigException.at(path, value, expectation, place(path).orElse(""));
  }

  /**
   * The same with one more override.
   *
   * @param override {@code key=value}, as given by -D
   * @throws ConfigException where the value does not fit the others
   */
  public LoadedExperiment with(String override) {
    Config changed = Overrides.parse(List.of(override)).withFallback(resolved);
    return new LoadedExperiment(
        file, RecordBinder.bind(changed.root(), "", Experiment.DEFAULTS, Set.of()), changed);
  }

  /** Where the value at {@code path} was written, or the nearest block around it. */
  public Optional<String> place(String path) {
    List<String> parts = ConfigUtil.splitPath(path);
    for (int length = parts.size(); length > 0; length--) {
      String known = ConfigUtil.joinPath(parts.subList(0, length));
      if (resolved.hasPathOrNull(known)) {
        ConfigValue value = resolved.getValue(known);
        return Optional.of(Origins.of(value)).filter(place -> !place.isEmpty());
      }
    }
    return Optional.empty();
  }

  /**
   * Where the value at {@code path} itself comes from: a file and line, -D, a preset; empty for a
   * default.
   */
  public Optional<String> origin(String path) {
    return resolved.hasPathOrNull(path)
        ? Optional.of(Origins.of(resolved.getValue(path)))
        : Optional.empty();
  }

  /**
   * The folder that the value at {@code path} names.
   *
   * @param what the expectation in words: "a checkpoint folder"
   * @throws ConfigException if there is no such folder; names the nearest one that exists
   */
  public Path folder(String path, String what) {
    Path folder = Path.of(resolved.getString(path));
    if (!Files.isDirectory(folder)) {
      String nearest = nearest(folder).map(near -> Origins.shown(near) + "? ").orElse("");
      throw error(path, Origins.shown(folder), nearest + what);
    }
    return folder;
  }

  /** {@code missing} with the existing name nearest to its first part that does not exist. */
  private static Optional<Path> nearest(Path missing) {
    Path parent = missing.getParent();
    if (parent == null) {
      return Optional.empty();
    } else if (!Files.isDirectory(parent)) {
      return nearest(parent).map(near -> near.resolve(missing.getFileName()));
    }
    try (Stream<Path> siblings = Files.list(parent)) {
      List<String> names =
          siblings
              .filter(Files::isDirectory)
              .map(sibling -> String.valueOf(sibling.getFileName()))
              .sorted()
              .toList();
      return NearestName.of(String.valueOf(missing.getFileName()), names).map(parent::resolve);
    } catch (IOException e) {
      return Optional.empty(); // a hint only: the message is as true without it
    }
  }

  /**
   * The whole experiment, defaults included, as an experiment file that gives the same experiment
   * again.
   *
   * @param commit the version of Kelpie that runs it
   */
  public String render(String commit) {
    return ExperimentText.of(experiment, Origins.shown(file), commit);
  }

  /** The same for each stage of its iterations; none without {@code iterations.stages}. */
  public List<String> renderStages(String commit) {
    if (experiment.iterations().stages().isEmpty()) {
      return List.of();
    }
    return Stages.of(experiment).all().stream()
        .map(stage -> ExperimentText.of(stage.experiment(), Origins.shown(file), commit))
        .toList();
  }
}
