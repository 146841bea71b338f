package dev.kelpie.config.file;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.RecordBinder;
import dev.kelpie.config.Require;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The stages of an experiment: {@code iterations.stages} changes keys at the ends of iterations. A
 * stage has the keys of the experiment but for those that it sets; after the last stage come those
 * of the experiment itself.
 */
public final class Stages {
  /** Keys and blocks that may change; of {@code algorithm}, all but what is {@link #FIXED}. */
  private static final List<String> CHANGEABLE =
      List.of(
          "algorithm",
          "learner.learning-rate",
          "learner.minibatches",
          "learner.epochs",
          "value.learning-rate",
          "process-reward.learning-rate",
          "rollout.temperature",
          "rollout.top-k",
          "rollout.top-p",
          "rollout.min-p");

  /** What the whole run has: its preset, its sampling, models of its own. */
  private static final List<String> FIXED =
      List.of("preset", "dynamic-sampling", "token-weight", "kl-weight", "token-reward");

  private final IterationOptions iterations;
  private final List<Stage> stages;

  /**
   * A stage.
   *
   * @param from its first iteration
   * @param until its last iteration; of the last stage, the run's
   * @param set the keys that it sets, as HOCON
   * @param experiment the experiment as this stage has it; without stages
   */
  public record Stage(long from, long until, Map<String, String> set, Experiment experiment) {
    public Stage {
      set = Map.copyOf(set);
    }
  }

  /** A block of {@code iterations.stages}. */
  private record Options(
      @Doc("its last iteration") long until, @Doc("keys with their values") ConfigBlock set) {
    static final Options DEFAULTS = new Options(0, ConfigBlock.empty("set"));

    Options {
      Require.atLeast("until", until, 0);
    }
  }

  private Stages(IterationOptions iterations, List<Stage> stages) {
    this.iterations = iterations;
    this.stages = List.copyOf(stages);
  }

  /**
   * The stages of {@code experiment}; one without {@code iterations.stages}.
   *
   * @throws ConfigException for a stage that is wrong, or sets what cannot change
   */
  public static Stages of(Experiment experiment) {
    IterationOptions iterations = experiment.iterations();
    long last = (experiment.run().steps() - 1) / iterations.length() + 1;
    if (iterations.stages().isEmpty()) {
      return new Stages(iterations, List.of(new Stage(1, last, Map.of(), experiment)));
    }
    Config written =
        ConfigFactory.parseString(ExperimentText.of(experiment, "", ""))
            .withoutPath("iterations.stages");
    Experiment plain = bound(written);
    List<Stage> stages = new ArrayList<>();
    long from = 1;
    for (ConfigBlock block : iterations.stages()) {
      Options options = block.bind(Options.DEFAULTS);
      if (options.until() < from) {
        throw block.error("until", options.until(), "an iteration, at least " + from);
      }
      Map<String, ConfigValue> changes = changes(block, options.set());
      Experiment changed = changed(plain, written, changes, options.set());
      stages.add(new Stage(from, options.until(), texts(changes), changed));
      from = options.until() + 1;
    }
    stages.add(new Stage(from, Math.max(from, last), Map.of(), plain));
    return new Stages(iterations, stages);
  }

  /** The values that a block sets, by path. */
  private static Map<String, ConfigValue> changes(ConfigBlock stage, ConfigBlock set) {
    Map<String, ConfigValue> changes = new TreeMap<>();
    set.toConfig()
        .root()
        .forEach((key, value) -> add(String.join(".", ConfigUtil.splitPath(key)), value, changes));
    if (changes.isEmpty()) {
      throw stage.error("set", null, "a key that changes: one of " + shown());
    }
    for (String path : changes.keySet()) {
      boolean known = CHANGEABLE.stream().anyMatch(key -> isAt(key, path));
      if (!known || FIXED.stream().anyMatch(key -> isAt("algorithm." + key, path))) {
        throw set.error(
            path, changes.get(path).unwrapped(), "a key that can change: one of " + shown());
      }
    }
    return changes;
  }

  private static boolean isAt(String key, String path) {
    return path.equals(key) || path.startsWith(key + ".");
  }

  private static String shown() {
    return "algorithm.KEY but "
        + String.join(", ", FIXED)
        + "; "
        + String.join(", ", CHANGEABLE.subList(1, CHANGEABLE.size()));
  }

  private static void add(String path, ConfigValue value, Map<String, ConfigValue> changes) {
    if (value instanceof ConfigObject object && !object.isEmpty()) {
      object.forEach(
          (key, inner) ->
              add(path + "." + String.join(".", ConfigUtil.splitPath(key)), inner, changes));
    } else {
      changes.put(path, value);
    }
  }

  private static Map<String, String> texts(Map<String, ConfigValue> changes) {
    Map<String, String> texts = new TreeMap<>();
    changes.forEach((path, value) -> texts.put(path, value.render()));
    return texts;
  }

  /** A block whose type changes keeps nothing of what it was. */
  private static Experiment changed(
      Experiment plain, Config written, Map<String, ConfigValue> changes, ConfigBlock set) {
    Config changed = written;
    for (Map.Entry<String, ConfigValue> change : changes.entrySet()) {
      String path = change.getKey();
      boolean other =
          path.endsWith(".type")
              && !(written.hasPath(path)
                  && written.getValue(path).unwrapped().equals(change.getValue().unwrapped()));
      if (other) {
        changed = changed.withoutPath(path.substring(0, path.length() - ".type".length()));
      }
    }
    for (Map.Entry<String, ConfigValue> change : changes.entrySet()) {
      changed = changed.withValue(change.getKey(), change.getValue());
    }
    Experiment made;
    try {
      made = bound(changed);
    } catch (ConfigException e) {
      throw new ConfigException(set.path() + ": " + e.getMessage());
    }
    if (made.algorithm().greedyBaseline() != plain.algorithm().greedyBaseline()) {
      throw set.error(
          "algorithm.advantage.type",
          made.algorithm().advantage().type().orElse(""),
          "an estimator that needs a greedy response in all stages or in none");
    }
    if (made.algorithm().pairs() != plain.algorithm().pairs()
        || made.algorithm().labelled() != plain.algorithm().labelled()) {
      throw set.error(
          "algorithm",
          "another kind of loss",
          "one over tokens, over pairs or over labelled responses in all stages");
    }
    return made;
  }

  private static Experiment bound(Config config) {
    return RecordBinder.bind(config.root(), "", Experiment.DEFAULTS, Set.of());
  }

  /** All stages, in order. */
  public List<Stage> all() {
    return stages;
  }

  /** The stage of a step. */
  public Stage at(long step) {
    long iteration = iterations.iteration(step);
    return stages.stream()
        .filter(stage -> iteration <= stage.until())
        .findFirst()
        .orElseGet(() -> stages.get(stages.size() - 1));
  }
}
