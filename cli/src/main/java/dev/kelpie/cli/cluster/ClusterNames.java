package dev.kelpie.cli.cluster;

import dev.kelpie.config.file.LoadedExperiment;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Names of runs as Slurm and Kubernetes take them: a DNS label. */
final class ClusterNames {
  static final int MOST_CHARACTERS = 40;

  private ClusterNames() {}

  /**
   * The name of a run: {@code run.name}, or that of its file, or that of {@code run}, in lower case
   * and with {@code -} in place of what a label cannot have.
   */
  static String of(LoadedExperiment loaded, @Nullable Path run) {
    String name = loaded.experiment().run().name();
    if (name.isEmpty()) {
      Path named = run == null ? loaded.file() : run.toAbsolutePath().normalize();
      name = String.valueOf(named.getFileName()).replaceFirst("\\.conf$", "");
    }
    String label = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    String begun =
        label.matches("[a-z].*") ? label : "run" + (label.startsWith("-") ? "" : "-") + label;
    String cut = begun.substring(0, Math.min(begun.length(), MOST_CHARACTERS));
    return cut.replaceFirst("-+$", "");
  }
}
