package dev.kelpie.learner;

import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.NearestName;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.token.TokenRules;
import java.util.Set;
import java.util.TreeSet;

/** Checks of the blocks that give single tokens numbers. */
public final class TokenChecks {
  private TokenChecks() {}

  /** Whether some block needs the reference's log-probabilities. */
  static boolean needReference(AlgorithmOptions algorithm) {
    Set<String> names = new TreeSet<>();
    for (ConfigBlock block : blocks(algorithm)) {
      TokenRules.of(block).ifPresent(rule -> names.addAll(rule.names()));
    }
    return names.contains(TrainingBatch.REFERENCE);
  }

  private static ConfigBlock[] blocks(AlgorithmOptions algorithm) {
    return new ConfigBlock[] {
      algorithm.tokenWeight(), algorithm.klWeight(), algorithm.tokenReward()
    };
  }

  /** Checks the blocks of an experiment whose loss is over tokens. */
  static void checkTokens(Experiment experiment) {
    AlgorithmOptions algorithm = experiment.algorithm();
    checkNames(experiment);
    if (!algorithm.tokenReward().values().isEmpty() && algorithm.advantage().type().isEmpty()) {
      throw refused(algorithm.tokenReward(), "none, because there is no algorithm.advantage.type");
    }
    boolean klInLoss = algorithm.kl().coef() > 0 && algorithm.kl().place() == KlOptions.Place.LOSS;
    if (!algorithm.klWeight().values().isEmpty() && !klInLoss) {
      throw refused(algorithm.klWeight(), "none, because the loss has no KL term");
    }
  }

  /** Checks the blocks of an experiment whose loss is over pairs or single responses. */
  static void checkPreferences(Experiment experiment, StepTerms terms) {
    AlgorithmOptions algorithm = experiment.algorithm();
    checkNames(experiment);
    if (!algorithm.tokenReward().values().isEmpty()) {
      throw refused(
          algorithm.tokenReward(),
          "none, because algorithm.loss.type = "
              + algorithm.loss().type().orElse("")
              + " has no advantages");
    }
    if (!algorithm.klWeight().values().isEmpty()
        && algorithm.kl().coef() == 0
        && !terms.weighsKl()) {
      throw refused(algorithm.klWeight(), "none, because no loss has a KL of tokens");
    }
  }

  private static void checkNames(Experiment experiment) {
    Set<String> known = names(experiment);
    for (ConfigBlock block : blocks(experiment.algorithm())) {
      checkNames(block, known);
    }
    for (ConfigBlock block : experiment.algorithm().terms().values()) {
      checkNames(block.bind(StepTerms.Options.DEFAULTS).tokenWeight(), known);
    }
  }

  /** Names of the named models whose numbers single tokens need. */
  public static Set<String> models(Experiment experiment) {
    Set<String> names = new TreeSet<>();
    for (ConfigBlock block : blocks(experiment.algorithm())) {
      TokenRules.of(block).ifPresent(rule -> names.addAll(rule.names()));
    }
    for (ConfigBlock block : experiment.algorithm().terms().values()) {
      TokenRules.of(block.bind(StepTerms.Options.DEFAULTS).tokenWeight())
          .ifPresent(rule -> names.addAll(rule.names()));
    }
    names.retainAll(experiment.models().keySet());
    return names;
  }

  /** Names that numbers of tokens can have. */
  static Set<String> names(Experiment experiment) {
    Set<String> names = new TreeSet<>(experiment.models().keySet());
    names.addAll(
        Set.of(StepRows.POLICY, StepRows.CERTAINTY, StepRows.SQUARES, TrainingBatch.REFERENCE));
    return names;
  }

  private static void checkNames(ConfigBlock block, Set<String> known) {
    TokenRules.of(block)
        .ifPresent(
            rule -> {
              for (String name : rule.names()) {
                if (!known.contains(name)) {
                  String key = name.equals(block.values().get("minus")) ? "minus" : "of";
                  throw block.error(key, name, "numbers " + NearestName.expectation(name, known));
                }
              }
            });
  }

  private static RuntimeException refused(ConfigBlock block, String expectation) {
    return block.error("type", block.type().orElse(""), expectation);
  }
}
