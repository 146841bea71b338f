package dev.kelpie.learner;

import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.KlEstimator;
import dev.kelpie.algorithms.advantage.AdvantageEstimator;
import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.catalog.Losses;
import dev.kelpie.algorithms.catalog.SelectedLoss;
import dev.kelpie.algorithms.loss.policy.OptimalValues;
import dev.kelpie.algorithms.loss.policy.PolicyLoss;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.algorithms.loss.value.ValueObjective;
import dev.kelpie.algorithms.pairing.Selects;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.AlgorithmOptions.LossRows;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.Require;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.config.file.Stages;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.learner.people.PeopleChecks;
import dev.kelpie.learner.shaping.ShapingChecks;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Checks of an experiment's algorithm: its blocks name members of the catalogs, with options they
 * take, and the run gives each member all it needs.
 */
public final class AlgorithmChecks {
  /** Rewards whose parts are several scores of the same response. */
  private static final Set<String> SCORES = Set.of("dropout", "ensemble");

  private static final Set<StepTerms.Rows> OF_PAIRS =
      EnumSet.of(StepTerms.Rows.PAIRS, StepTerms.Rows.CHOSEN, StepTerms.Rows.REJECTED);

  private AlgorithmChecks() {}

  /**
   * Checks {@code experiment}; the algorithm in one line.
   *
   * @throws dev.kelpie.config.ConfigException for a block that is wrong
   * @throws IllegalArgumentException for a key that another rules out, its path first
   */
  public static String check(Experiment experiment) {
    Stages stages = Stages.of(experiment);
    for (Stages.Stage stage : stages.all()) {
      if (!stage.set().isEmpty()) {
        try {
          checkStage(stage.experiment());
        } catch (IllegalArgumentException | ConfigException e) {
          throw new ConfigException(
              "iterations.stages, until = " + stage.until() + ": " + e.getMessage());
        }
      }
    }
    PolicyAdapter.check(experiment);
    String summary = checkStage(experiment);
    requireFixedReference(experiment);
    return summary;
  }

  private static String checkStage(Experiment experiment) {
    AlgorithmOptions algorithm = experiment.algorithm();
    for (String name : Selects.of(algorithm.select()).rewards()) {
      requireReward("algorithm.select.right", name, experiment);
    }
    if (algorithm.weight().values().get("of") instanceof String name) {
      requireReward("algorithm.weight.of", name, experiment);
      ConfigBlock reward = experiment.reward().get(name);
      if (reward != null && algorithm.weight().type().equals(Optional.of("uncertainty"))) {
        Require.that(
            SCORES.contains(reward.type().orElse("")),
            "algorithm.weight.of: %s (expected: a reward of the type dropout or ensemble, whose"
                + " scores differ; this is of the type %s)",
            name,
            reward.type().orElse(""));
      }
    }
    MemberChecks members = MemberChecks.of(experiment);
    ShapingChecks.check(experiment);
    ProcessRewardChecks.check(experiment);
    OnlineRewardModel.check(experiment);
    SelectedLoss loss = Losses.create(algorithm.loss());
    checkPeople(experiment, loss);
    return (loss instanceof SelectedLoss.OfTokens tokens
            ? checkTokens(experiment, tokens.loss(), members)
            : PreferenceChecks.check(experiment, loss))
        + members.summary();
  }

  private static void checkPeople(Experiment experiment, SelectedLoss loss) {
    if (loss instanceof SelectedLoss.OfPairs) {
      StepTerms terms = StepTerms.of(experiment);
      Optional<String> other =
          terms.more().stream()
              .filter(term -> !OF_PAIRS.contains(term.rows()))
              .map(StepTerms.Term::name)
              .findFirst();
      PeopleChecks.check(experiment, other, terms.needsGold());
    }
  }

  private static void requireReward(String key, String name, Experiment experiment) {
    Require.that(
        name.isEmpty() || experiment.reward().containsKey(name),
        "%s: %s (expected: the name of a reward, %s)",
        key,
        name,
        NearestName.expectation(name, experiment.reward().keySet()));
  }

  /** Held-out pairs are compared with one reference, under the prompts that their rows have. */
  private static void requireFixedReference(Experiment experiment) {
    String file = experiment.eval().pairsPath();
    if (file.isEmpty()) {
      return;
    }
    ReferenceOptions reference = experiment.reference();
    ModelOptions model = ModelOptions.all(experiment).get(reference.model());
    Require.that(
        model == null || Set.of("", "initial").contains(model.policy()),
        "eval.pairs-path: %s (expected: empty, because reference.model = %s changes during the"
            + " run)",
        file,
        reference.model());
    Require.that(
        model != null || !reference.schedule().moves(),
        "eval.pairs-path: %s (expected: empty, because reference.schedule = %s changes it during"
            + " the run)",
        file,
        reference.schedule().name().toLowerCase(Locale.ROOT));
    Require.that(
        reference.variant().isEmpty(),
        "eval.pairs-path: %s (expected: empty, because reference.variant = %s shows other prompts)",
        file,
        reference.variant());
  }

  /**
   * The key that makes a run ask for scores which the data do not give, as {@code KEY = VALUE};
   * empty where no score is asked for, so that no reward is needed.
   */
  public static Optional<String> scoresFor(Experiment experiment) {
    return MemberChecks.of(experiment).scoresFor();
  }

  /**
   * Whether training needs log-probabilities of the reference that somebody else than the learner
   * computes.
   */
  public static boolean needsReference(Experiment experiment) {
    return !holdsReference(experiment)
        && Stages.of(experiment).all().stream()
            .anyMatch(stage -> stageNeedsReference(stage.experiment()));
  }

  private static boolean stageNeedsReference(Experiment experiment) {
    AlgorithmOptions algorithm = experiment.algorithm();
    boolean asked =
        StepTerms.of(experiment).needsReference()
            || TokenChecks.needReference(algorithm)
            || experiment.processReward().used()
            || (Losses.create(algorithm.loss()) instanceof SelectedLoss.OfTokens tokens
                && (algorithm.kl().coef() > 0 || tokens.loss().needsReference()));
    return asked && experiment.reference().schedule() != ReferenceOptions.Schedule.NONE;
  }

  /** Whether the learner itself holds the reference, and computes all that training needs of it. */
  public static boolean holdsReference(Experiment experiment) {
    boolean below = experiment.policy().lora().used(); // the policy without its adapter
    return Stages.of(experiment).all().stream()
        .map(Stages.Stage::experiment)
        .anyMatch(stage -> stageHoldsReference(stage) || (below && stageNeedsReference(stage)));
  }

  private static boolean stageHoldsReference(Experiment experiment) {
    return !(Losses.create(experiment.algorithm().loss()) instanceof SelectedLoss.OfTokens)
        && (StepTerms.of(experiment).needsHeldReference()
            || (StepTerms.of(experiment).needsReference()
                && PreferenceChecks.sidesShowScore(experiment)));
  }

  /** The columns of the data set that the algorithm itself reads. */
  public static MetadataColumns columns(Experiment experiment) {
    MetadataColumns values =
        optimalValues(experiment)
            .filter(optimal -> !optimal.column().isEmpty())
            .map(optimal -> MetadataColumns.of(optimal.column()))
            .orElse(MetadataColumns.NONE);
    MetadataColumns users = MetadataColumns.NONE;
    for (ModelOptions model : ModelOptions.all(experiment).values()) {
      if (!model.userColumn().isEmpty()) {
        users = users.and(MetadataColumns.of(model.userColumn()));
      }
    }
    values = values.and(users);
    return Losses.create(experiment.algorithm().loss()) instanceof SelectedLoss.OfTokens
        ? values
        : values
            .and(PreferenceChecks.columns(StepTerms.of(experiment)))
            .and(PeopleChecks.columns(experiment));
  }

  /** Refuses a prompt of the training data that the algorithm cannot use; the reason, if so. */
  public static Optional<String> refusal(Experiment experiment, Prompt prompt) {
    Optional<OptimalValues> values =
        optimalValues(experiment).filter(optimal -> !optimal.column().isEmpty());
    try {
      values.ifPresent(optimal -> optimal.of(prompt));
      PeopleChecks.requireColumns(experiment, prompt);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.ofNullable(e.getMessage());
    }
  }

  private static Optional<OptimalValues> optimalValues(Experiment experiment) {
    return Losses.create(experiment.algorithm().loss()) instanceof SelectedLoss.OfTokens tokens
        ? tokens.loss().optimalValues()
        : Optional.empty();
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
    if (algorithm.labelled()) {
      throw algorithm
          .responseLabel()
          .error(
              "type",
              algorithm.responseLabel().type().orElse(""),
              "none, because algorithm.loss.type = "
                  + type
                  + " is not a loss over single labelled responses");
    }
    TermChecks.check(experiment, type);
    TokenChecks.checkTokens(experiment);
    if (TokenChecks.needReference(algorithm)) {
      Require.that(
          experiment.reference().schedule() != ReferenceOptions.Schedule.NONE,
          "reference.schedule: none (expected: frozen, refresh, ema or previous, because numbers"
              + " of tokens are the reference's)");
    }
    Require.oneOf("algorithm.aggregation", algorithm.aggregation(), Aggregation.Mode.labels());
    PolicyObjective objective = PolicyObjective.of(algorithm, experiment.rollout().maxNewTokens());
    Require.that(
        objective.needsReference() || objective.kl().importance() == KlEstimator.Importance.NONE,
        "algorithm.loss.kl-importance: %s (expected: none, because algorithm.kl.coef = %s and"
            + " algorithm.kl.place = %s make no KL term of the loss)",
        KebabCase.of(objective.kl().importance()),
        algorithm.kl().coef(),
        KebabCase.of(algorithm.kl().place()));
    boolean sampled = algorithm.rows() == LossRows.SAMPLED;
    if (experiment.rollout().fromFile()
        && !sampled
        && (objective.correction().isPresent() || loss.needsProximal())) {
      throw algorithm
          .loss()
          .error(
              "type",
              type,
              "a loss without an off-policy correction, because responses of a data file have no"
                  + " log-probabilities of their own");
    }
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
    Require.that(
        !loss.needsReference()
            || experiment.reference().schedule() != ReferenceOptions.Schedule.NONE,
        "reference.schedule: none (expected: frozen, refresh, ema or previous, because"
            + " algorithm.loss.type = %s)",
        type);
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
        !experiment.rollout().fromFile()
            || experiment.algorithm().rows() == LossRows.SAMPLED
            || experiment.data().form().groups()
            || !estimator.comparesWithinGroup(),
        "data.form: %s (expected: pairs, scored or turns, because algorithm.advantage.type = %s"
            + " compares responses of one prompt)",
        experiment.data().form().label(),
        block.type().orElse(""));
    Require.that(
        !experiment.rollout().samples()
            || members.trained() > 1
            || !estimator.comparesWithinGroup(),
        "rollout.group-size: %s (expected: at least 2, because algorithm.advantage.type = %s"
            + " compares responses of one prompt)",
        experiment.rollout().groupSize(),
        block.type().orElse(""));
    Require.that(
        !estimator.needsGreedyRewards() || !experiment.algorithm().dynamicSampling().enabled(),
        "algorithm.dynamic-sampling.enabled: true (expected: false, because"
            + " algorithm.advantage.type = %s compares nothing within the group)",
        block.type().orElse(""));
    Require.that(
        !estimator.needsGreedyRewards() || experiment.groupReward().values().isEmpty(),
        "group-reward.type: %s (expected: none, because algorithm.advantage.type = %s compares with"
            + " the reward of a greedy response)",
        experiment.groupReward().type().orElse(""),
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
}
