package dev.kelpie.learner;

import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.advantage.AdvantageEstimator;
import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.catalog.Losses;
import dev.kelpie.algorithms.catalog.SelectedLoss;
import dev.kelpie.algorithms.label.Labelling;
import dev.kelpie.algorithms.loss.policy.PolicyLoss;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.algorithms.loss.value.ValueObjective;
import dev.kelpie.algorithms.pairing.PairSelection;
import dev.kelpie.algorithms.pairing.Pairings;
import dev.kelpie.algorithms.pairing.Selects;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.Require;
import dev.kelpie.config.ValueOptions;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks of an experiment's algorithm: its blocks name members of the catalogs, with options they
 * take, and the run gives each member all it needs.
 */
public final class AlgorithmChecks {
  private AlgorithmChecks() {}

  /**
   * Checks {@code experiment}; the algorithm in one line.
   *
   * @throws dev.kelpie.config.ConfigException for a block that is wrong
   * @throws IllegalArgumentException for a key that another rules out, its path first
   */
  public static String check(Experiment experiment) {
    AlgorithmOptions algorithm = experiment.algorithm();
    Selects.of(algorithm.select());
    MemberChecks members = MemberChecks.of(experiment);
    ShapingChecks.check(experiment);
    SelectedLoss loss = Losses.create(algorithm.loss());
    if (loss instanceof SelectedLoss.OfTokens tokens) {
      return checkTokens(experiment, tokens.loss(), members) + members.summary();
    } else if (loss instanceof SelectedLoss.OfPairs pairs) {
      return checkPairs(experiment, pairs.loss(), members) + members.summary();
    }
    throw algorithm
        .loss()
        .error(
            "type",
            algorithm.loss().type().orElse(""),
            "a loss over tokens or over pairs; labelled single responses come from data files");
  }

  /**
   * The key that makes a run ask for scores which the data do not give, as {@code KEY = VALUE};
   * empty where no score is asked for, so that no reward is needed.
   */
  public static Optional<String> scoresFor(Experiment experiment) {
    return MemberChecks.of(experiment).scoresFor();
  }

  /** Whether training needs log-probabilities of the reference. */
  public static boolean needsReference(Experiment experiment) {
    boolean asked =
        experiment.algorithm().kl().coef() > 0
            || (Losses.create(experiment.algorithm().loss()) instanceof SelectedLoss.OfPairs pairs
                && pairs.loss().needsReference());
    return asked && experiment.reference().schedule() != ReferenceOptions.Schedule.NONE;
  }

  private static String checkTokens(Experiment experiment, PolicyLoss loss, MemberChecks members) {
    AlgorithmOptions algorithm = experiment.algorithm();
    String type = algorithm.loss().type().orElse("");
    if (algorithm.pairs()) {
      throw algorithm
          .pairing()
          .error(
              "type",
              algorithm.pairing().type().orElse(""),
              "none, because algorithm.loss.type = " + type + " is not a loss over pairs");
    }
    Require.oneOf("algorithm.aggregation", algorithm.aggregation(), Aggregation.Mode.labels());
    PolicyObjective objective = PolicyObjective.of(algorithm, experiment.rollout().maxNewTokens());
    boolean values = experiment.value().kind() != ValueOptions.Kind.NONE;
    if (values) {
      ValueObjective.of(experiment);
    }
    String advantage = algorithm.advantage().type().orElse("none");
    if (algorithm.advantage().type().isPresent() || loss.needsAdvantages() || values) {
      checkAdvantage(experiment, values, members);
    }
    members.checkTokens(objective.correction().isPresent() || loss.needsProximal());
    Require.that(
        values || !loss.needsValues(),
        "value.kind: none (expected: separate or shared, because algorithm.loss.type = %s)",
        type);
    if (loss.needsReference() && algorithm.kl().coef() == 0) {
      throw algorithm
          .loss()
          .error("type", type, "a loss without a reference policy, because algorithm.kl.coef = 0");
    }
    return String.format(
        Locale.ROOT,
        "advantage %s, loss %s, %s%s",
        advantage,
        type,
        algorithm.aggregation(),
        algorithm.kl().coef() == 0
            ? ", no KL"
            : ", KL " + algorithm.kl().coef() + " " + algorithm.kl().estimator());
  }

  private static void checkAdvantage(Experiment experiment, boolean values, MemberChecks members) {
    ConfigBlock block = experiment.algorithm().advantage();
    AdvantageEstimator estimator = AdvantageEstimators.catalog().create(block);
    Require.that(
        members.trained() > 1 || !estimator.comparesWithinGroup(),
        "rollout.group-size: %s (expected: at least 2, because algorithm.advantage.type = %s"
            + " compares responses of one prompt)",
        experiment.rollout().groupSize(),
        block.type().orElse(""));
    Require.that(
        !estimator.usesComponents() || experiment.groupReward().values().isEmpty(),
        "algorithm.advantage.type: %s (expected: one that uses the values of group-reward.type ="
            + " %s)",
        block.type().orElse(""),
        experiment.groupReward().type().orElse(""));
    Require.that(
        values || !estimator.needsValues(),
        "value.kind: none (expected: separate or shared, because algorithm.advantage.type = %s)",
        block.type().orElse(""));
  }

  private static String checkPairs(
      Experiment experiment, PreferenceLoss loss, MemberChecks members) {
    AlgorithmOptions algorithm = experiment.algorithm();
    String type = algorithm.loss().type().orElse("");
    if (!algorithm.pairs()) {
      throw algorithm
          .loss()
          .error(
              "type",
              type,
              "a loss over tokens, because there is no algorithm.pairing.type, such as "
                  + String.join(", ", Pairings.catalog().names()));
    }
    Labelling labelling = Labelling.of(algorithm.label(), algorithm.weight(), algorithm.margin());
    Require.that(
        members.trained() > 1,
        "rollout.group-size: %s (expected: at least 2, because algorithm.pairing makes pairs of"
            + " one prompt's responses; or members)",
        experiment.rollout().groupSize());
    members.checkPairs(PairSelection.of(algorithm.pairing()));
    Require.that(
        algorithm.kl().coef() == 0 || algorithm.kl().place() == KlOptions.Place.LOSS,
        "algorithm.kl.place: reward (expected: loss, because algorithm.loss.type = %s is a loss"
            + " over pairs)",
        type);
    StepTerms terms = StepTerms.of(experiment);
    Require.that(
        experiment.value().kind() == ValueOptions.Kind.NONE,
        "value.kind: %s (expected: none, because algorithm.loss.type = %s is a loss over pairs)",
        experiment.value().kind().name().toLowerCase(Locale.ROOT),
        type);
    Require.that(
        !terms.needsReference()
            || experiment.reference().schedule() != ReferenceOptions.Schedule.NONE,
        "reference.schedule: none (expected: frozen, refresh, ema or previous, because"
            + " algorithm.loss.type = %s)",
        type);
    checkLabels(experiment, loss, labelling);
    return String.format(
        Locale.ROOT,
        "pairs %s, label %s, loss %s%s",
        algorithm.pairing().type().orElse(""),
        labelling.source(),
        type,
        terms.needsReference() ? "" : ", no reference");
  }

  private static void checkLabels(Experiment experiment, PreferenceLoss loss, Labelling labelling) {
    AlgorithmOptions algorithm = experiment.algorithm();
    String type = algorithm.loss().type().orElse("");
    Require.that(
        experiment.groupReward().values().isEmpty() || !labelling.source().equals("win-rate"),
        "algorithm.label.type: win-rate (expected: another one, because group-reward.type = %s"
            + " compares the group already)",
        experiment.groupReward().type().orElse(""));
    for (String name : labelling.rewards()) {
      Require.that(
          experiment.reward().containsKey(name),
          "algorithm.label.between: %s (expected: the name of a reward, %s)",
          name,
          NearestName.expectation(name, experiment.reward().keySet()));
    }
    Require.that(
        loss.takesProbability() || loss.needsTargets() || labelling.certain(),
        "algorithm.label.type: %s (expected: hard, because algorithm.loss.type = %s takes no"
            + " probability)",
        labelling.source(),
        type);
    Require.that(
        loss.takesMargin() || algorithm.margin().values().isEmpty(),
        "algorithm.margin.type: %s (expected: none, because algorithm.loss.type = %s takes no"
            + " margin)",
        algorithm.margin().type().orElse(""),
        type);
    if (loss.needsTargets() && !labelling.rule().makesTargets()) {
      throw algorithm
          .loss()
          .error(
              "type",
              type,
              "a loss without targets, because algorithm.label.type = "
                  + labelling.source()
                  + " makes none");
    }
    Set<PairColumn> missing = new TreeSet<>(loss.columns());
    missing.removeAll(PairTerm.COLUMNS);
    Require.that(
        missing.isEmpty() && loss.nllOf() == PreferenceLoss.NllOf.CHOSEN && !loss.sidesHaveRoles(),
        "algorithm.loss.type: %s (expected: a loss over two samples of the policy alone)",
        type);
  }
}
