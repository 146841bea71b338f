package dev.kelpie.dashboard;

import dev.kelpie.algorithms.preference.pair.PreferenceLosses;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.TypedBlock;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.ExperimentText;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TrainedPair;
import java.util.List;
import java.util.Optional;

/**
 * The implicit rewards of recorded pairs: beta times the log-ratio of policy to reference.
 *
 * @param beta of the loss; NaN where the experiment cannot be read or its loss has none
 */
public record ImplicitRewards(double beta) {
  /** With the beta of the loss that the run was trained with. */
  public static ImplicitRewards of(RunFolder folder) {
    try {
      return of(
          ExperimentFiles.loadRecorded(folder.experimentFile(), List.of())
              .experiment()
              .algorithm()
              .loss());
    } catch (RuntimeException e) {
      // the Run view says what is wrong with the file
      return new ImplicitRewards(Double.NaN);
    }
  }

  private static ImplicitRewards of(ConfigBlock loss) {
    TypedBlock losses =
        new TypedBlock("algorithm.loss", PreferenceLosses.catalog(), Optional.empty());
    double beta =
        losses.options(loss.type().orElse("")).stream()
            .map(options -> ExperimentText.components(loss.bindKnown((Record) options)).get("beta"))
            .filter(Double.class::isInstance)
            .map(Double.class::cast)
            .findFirst()
            .orElse(Double.NaN);
    return new ImplicitRewards(beta);
  }

  /** The implicit reward of a response; NaN without a reference or a beta. */
  public double of(TrainedPair.Side side) {
    return beta * side.logRatio();
  }

  /** By how much the implicit reward of the chosen response is higher. */
  public double difference(TrainedPair pair) {
    return beta * (pair.chosen().logRatio() - pair.rejected().logRatio());
  }

  /** Whether the implicit reward prefers the rejected response; that does not depend on beta. */
  public static boolean isWrongWayRound(TrainedPair pair) {
    return pair.chosen().logRatio() < pair.rejected().logRatio();
  }
}
