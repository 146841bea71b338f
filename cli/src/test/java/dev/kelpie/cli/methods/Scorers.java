package dev.kelpie.cli.methods;

import dev.kelpie.cli.Shipped;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.learner.scoring.Classifier;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Scores of the reward models in {@code configs/methods/scorers}, beside those of a run. */
final class Scorers {
  private static final Path SCORERS = Shipped.configs().resolve("methods/scorers");

  private Scorers() {}

  /** The score that a model with one label gives a response. */
  static double score(String model, Trajectory response) {
    return score(model, OptionalInt.empty(), response);
  }

  /** The score of the label {@code index}. */
  static double score(String model, OptionalInt index, Trajectory response) {
    return score(model, index, response.prompt().tokens(), response.response());
  }

  /** The score of a response to a prompt, both as tokens. */
  static double score(String model, OptionalInt index, TokenIds prompt, TokenIds response) {
    Prompt both =
        new Prompt(
            "p",
            "",
            prompt,
            Optional.empty(),
            Map.of(),
            List.of(new GivenResponse(Origin.POLICY, "", response, FinishReason.STOP)));
    try (Classifier classifier =
        Classifier.open(Experiment.DEFAULTS, SCORERS.resolve(model), index)) {
      return classifier.scores(List.of(both)).get(0)[0];
    }
  }

  /** A part of a recorded score. */
  static float part(ScoredTrajectory response, String name) {
    return Numbers.known(response.score().parts().get(name));
  }
}
