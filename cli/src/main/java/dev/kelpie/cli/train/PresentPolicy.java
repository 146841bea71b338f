package dev.kelpie.cli.train;

import com.typesafe.config.ConfigUtil;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.named.Members;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.learner.AlgorithmChecks;
import dev.kelpie.runs.CheckpointStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds the policy of a recorded run whose {@code policy.path} is gone, the same for every process
 * of the run.
 */
public final class PresentPolicy {
  private PresentPolicy() {}

  /** Reads the experiment of {@code run} as {@link #of(RunFolder, LoadedExperiment, List)} does. */
  public static LoadedExperiment load(RunFolder run, List<String> overrides) {
    return of(run, ExperimentFiles.loadRecorded(run.experimentFile(), overrides), overrides);
  }

  /**
   * The experiment to start with: {@code loaded}, or, where its {@code policy.path} is gone, the
   * same with the policy of the newest checkpoint, unless a reference, a named model, a member or
   * held-out pairs need the first one.
   *
   * @param overrides those with which {@code loaded} was read
   */
  static LoadedExperiment of(RunFolder run, LoadedExperiment loaded, List<String> overrides) {
    Experiment experiment = loaded.experiment();
    boolean first =
        AlgorithmChecks.needsReference(experiment)
            || AlgorithmChecks.holdsReference(experiment)
            || !experiment.models().isEmpty()
            || !Members.of(experiment).sampled().isEmpty()
            || !experiment.eval().pairsPath().isEmpty();
    if (first || Files.isDirectory(Path.of(experiment.policy().path()))) {
      return loaded;
    }
    Optional<Path> saved =
        new CheckpointStore(run.checkpoints())
            .newestFirst().stream()
                .map(CheckpointStore::policy)
                .filter(Files::isDirectory)
                .findFirst();
    if (saved.isEmpty()) {
      return loaded;
    }
    List<String> changes = new ArrayList<>(overrides);
    changes.add("policy.path=" + ConfigUtil.quoteString(saved.get().toAbsolutePath().toString()));
    return ExperimentFiles.loadRecorded(run.experimentFile(), changes);
  }
}
