package dev.kelpie.rollout;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.RolloutOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** The catalog of rollout engines: {@code rollout.engine}. */
public final class RolloutEngines {
  private static final Map<String, BiFunction<Path, RolloutOptions, RolloutEngine>> ENGINES =
      new TreeMap<>(Map.of("djl", DjlRolloutEngine::open));

  private RolloutEngines() {}

  /** The engine that {@code options} names, without weights. */
  public static RolloutEngine open(Path policyFolder, RolloutOptions options) {
    BiFunction<Path, RolloutOptions, RolloutEngine> engine = ENGINES.get(options.engine());
    if (engine == null) {
      throw new ConfigException(
          "rollout.engine: "
              + options.engine()
              + " (expected: "
              + NearestName.expectation(options.engine(), names())
              + ")");
    }
    return engine.apply(policyFolder, options);
  }

  /** All names. */
  public static Set<String> names() {
    return ENGINES.keySet();
  }
}
