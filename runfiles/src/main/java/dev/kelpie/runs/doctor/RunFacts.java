package dev.kelpie.runs.doctor;

import com.typesafe.config.Config;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.named.Members;
import dev.kelpie.experience.RunFolder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a run's experiment says and its metrics do not.
 *
 * @param groupSize responses to one prompt; 0 where it is not known
 * @param updates optimiser steps of a training step; 0 where it is not known
 * @param rewarded whether responses are scored by rewards, and not only by the data
 * @param untrained names of the rewards that no loss sees, because their weight is 0
 */
public record RunFacts(int groupSize, int updates, boolean rewarded, Set<String> untrained) {
  /** Those of a run whose experiment cannot be read. */
  public static final RunFacts UNKNOWN = new RunFacts(0, 0, true, Set.of());

  public RunFacts {
    untrained = Set.copyOf(untrained);
  }

  /** The facts of an experiment. */
  public static RunFacts of(Experiment experiment) {
    int own = experiment.rollout().fromFile() ? 0 : experiment.rollout().groupSize();
    return new RunFacts(
        own + Members.of(experiment).responses(),
        experiment.learner().epochs() * experiment.learner().minibatches(),
        !experiment.reward().isEmpty(),
        untrained(experiment));
  }

  /** The facts of a recorded experiment, or {@link #UNKNOWN}. */
  public static RunFacts read(RunFolder folder) {
    try {
      return of(ExperimentFiles.loadRecorded(folder.experimentFile(), List.of()).experiment());
    } catch (RuntimeException e) {
      return UNKNOWN;
    }
  }

  /** Rewards without a weight that no constraint limits either. */
  private static Set<String> untrained(Experiment experiment) {
    Set<String> names = new TreeSet<>();
    for (Map.Entry<String, ConfigBlock> reward : experiment.reward().entrySet()) {
      Config written = reward.getValue().toConfig();
      boolean summand =
          !written.hasPath("combine") || !written.getString("combine").equalsIgnoreCase("multiply");
      if (summand && written.hasPath("weight") && written.getDouble("weight") == 0) {
        names.add(reward.getKey());
      }
    }
    names.removeAll(experiment.algorithm().constraints().keySet());
    return names;
  }
}
