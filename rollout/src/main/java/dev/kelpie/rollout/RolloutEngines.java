package dev.kelpie.rollout;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.RolloutOptions;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiFunction;

/** The catalog of rollout engines: {@code rollout.engine}. */
public final class RolloutEngines {
  private static final Catalog<BiFunction<Path, RolloutOptions, RolloutEngine>> CATALOG =
      Catalog.<BiFunction<Path, RolloutOptions, RolloutEngine>>of("engine")
          .add("djl", DjlRolloutEngine::open)
          .add("dataset", DjlRolloutEngine::open); // samples evaluations and the rest of a mix

  private RolloutEngines() {}

  /** The engine that {@code options} names, without weights. */
  public static RolloutEngine open(Path policyFolder, RolloutOptions options) {
    String name = options.engine();
    return CATALOG
        .find(name)
        .orElseThrow(
            () ->
                new ConfigException(
                    String.format(
                        Locale.ROOT,
                        "rollout.engine: %s (expected: %s)",
                        name,
                        NearestName.expectation(name, names()))))
        .apply(policyFolder, options);
  }

  /** All names. */
  public static Set<String> names() {
    return CATALOG.names();
  }
}
