package dev.kelpie.learner;

import dev.kelpie.algorithms.label.Labelling;
import dev.kelpie.algorithms.pairing.PairRules;
import dev.kelpie.algorithms.pairing.PairSelection;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.AlgorithmOptions.LossRows;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.DataForm;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.Require;
import dev.kelpie.config.named.MemberOptions;
import dev.kelpie.config.named.Members;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Checks of who writes the responses of a group, and of the scores that they need.
 *
 * @param members all but the policy
 */
record MemberChecks(Experiment experiment, Members members) {
  private static final Set<String> WEIGHTS_WITHOUT_SCORES = Set.of("none", "certainty");
  private static final Set<String> MARGINS_WITHOUT_SCORES = Set.of("none", "constant");

  /**
   * The checks of an experiment.
   *
   * @throws dev.kelpie.config.ConfigException for a block {@code members.NAME} that is wrong
   */
  static MemberChecks of(Experiment experiment) {
    MemberChecks checks = new MemberChecks(experiment, Members.of(experiment));
    Require.that(
        checks.groupSize() > 0 || experiment.rollout().fromFile(),
        "rollout.group-size: 0 (expected: at least 1, because there are no members)");
    checks.checkRows();
    checks.members.byName().forEach(checks::checkModel);
    return checks;
  }

  /** Rows of responses are groups of their own, which have no further members. */
  private void checkRows() {
    for (Map.Entry<String, MemberOptions> member : members.byName().entrySet()) {
      boolean used =
          member.getValue().given()
              ? experiment.data().form() == DataForm.PROMPTS
              : experiment.rollout().samples();
      Require.that(
          used,
          "members.%s.from: %s (expected: no member, because rows of data.form = %s have their own"
              + " responses)",
          member.getKey(),
          member.getValue().from(),
          experiment.data().form().label());
    }
  }

  /** The rollout workers have the model that a member samples with. */
  private void checkModel(String name, MemberOptions member) {
    boolean mixture = member.from().equals("mixture");
    ReferenceOptions reference = experiment.reference();
    Require.that(
        !mixture
            || reference.schedule() == ReferenceOptions.Schedule.FROZEN
            || reference.schedule() == ReferenceOptions.Schedule.PREVIOUS,
        "reference.schedule: %s (expected: frozen or previous, because members.%s.from = mixture)",
        reference.schedule().name().toLowerCase(Locale.ROOT),
        name);
    Require.that(
        !member.present() || experiment.iterations().branch().discard(),
        "members.%s.version: present (expected: another one, because iterations.branch.discard ="
            + " false: the policy's own samples are of the version that is trained)",
        name);
    boolean start =
        mixture
            ? reference.schedule() == ReferenceOptions.Schedule.FROZEN && reference.path().isEmpty()
            : member.earlier() && !member.present() && member.back() < 0;
    Require.that(
        !start || experiment.policy().init() == PolicyOptions.Init.CHECKPOINT,
        "policy.init: random (expected: checkpoint, because members.%s samples with the weights of"
            + " the start)",
        name);
  }

  /** Responses to a prompt. */
  int groupSize() {
    return experiment.rollout().groupSize() + members.responses();
  }

  /** Responses to a prompt that the main loss and advantages may use. */
  int trained() {
    if (experiment.algorithm().rows() == LossRows.SAMPLED) {
      return experiment.rollout().groupSize();
    }
    int leftOut =
        members.byName().values().stream()
            .filter(member -> !member.trained())
            .mapToInt(MemberOptions::count)
            .sum();
    return groupSize() - leftOut;
  }

  /** Checks what a loss over tokens needs. */
  void checkTokens(boolean corrected) {
    long rows = (long) experiment.rollout().promptsPerStep() * trained();
    Require.that(
        members.byName().isEmpty() || rows % experiment.learner().minibatches() == 0,
        "learner.minibatches: %s (expected: a divisor of rollout.prompts-per-step %s x %s trained"
            + " responses of a group = %s responses)",
        experiment.learner().minibatches(),
        experiment.rollout().promptsPerStep(),
        trained(),
        rows);
    members
        .given()
        .forEach(
            (name, member) ->
                Require.that(
                    !corrected
                        || !member.trained()
                        || experiment.algorithm().rows() == LossRows.SAMPLED,
                    "members.%s.from: %s (expected: a source with log-probabilities such as model,"
                        + " or trained = false, because algorithm.loss corrects by importance)",
                    name,
                    member.from()));
  }

  /** Checks the members that pairs are made of. */
  void checkPairs(PairSelection selection) {
    PairRules rules = selection.rules();
    requireMember("chosen-from", rules.chosenFrom());
    requireMember("rejected-from", rules.rejectedFrom());
    Require.that(
        rules.neverChosen().isEmpty() || members.byName().containsKey(rules.neverChosen()),
        "algorithm.pairing.never-chosen: %s (expected: %s)",
        rules.neverChosen(),
        members.byName().isEmpty()
            ? "a block members." + rules.neverChosen()
            : "the name of a member, "
                + NearestName.expectation(rules.neverChosen(), members.byName().keySet()));
    for (String name : rules.agree()) {
      Require.that(
          experiment.reward().containsKey(name),
          "algorithm.pairing.agree: %s (expected: the name of a reward, %s)",
          name,
          NearestName.expectation(name, experiment.reward().keySet()));
    }
    if (selection.pairing().ofMembers()) {
      requireNamed("chosen-from", rules.chosenFrom());
      requireNamed("rejected-from", rules.rejectedFrom());
    }
    if (!selection.pairing().byScore()) {
      requireUnused("min-margin", rules.minMargin(), PairRules.DEFAULTS.minMargin());
      requireUnused("min-margin-own", rules.minMarginOwn(), PairRules.DEFAULTS.minMarginOwn());
      requireUnused("ties", rules.ties(), PairRules.DEFAULTS.ties());
    }
  }

  private void requireMember(String key, String name) {
    if (name.isEmpty()) {
      return;
    }
    Require.that(
        !members.leftOut(name),
        "algorithm.pairing.%s: %s (expected: a member with trained = true)",
        key,
        name);
  }

  private void requireNamed(String key, String name) {
    Require.that(
        !name.isEmpty(),
        "algorithm.pairing.%s: empty (expected: the name of a member, because"
            + " algorithm.pairing.type = %s; one of %s)",
        key,
        type(experiment.algorithm().pairing()),
        String.join(", ", members.names()));
  }

  private void requireUnused(String key, Object value, Object defaultValue) {
    Require.that(
        value.equals(defaultValue),
        "algorithm.pairing.%s: %s (expected: no value, because algorithm.pairing.type = %s makes"
            + " pairs whatever their scores)",
        key,
        value,
        type(experiment.algorithm().pairing()));
  }

  /** What reads the scores of pairs, if anything does. */
  private Optional<String> needOfPairs(PairSelection selection, Labelling labelling) {
    AlgorithmOptions algorithm = experiment.algorithm();
    if (selection.pairing().byScore()) {
      return Optional.of("algorithm.pairing.type = " + type(algorithm.pairing()));
    } else if (selection.rules().minScore() > PairRules.DEFAULTS.minScore()) {
      return Optional.of("algorithm.pairing.min-score = " + selection.rules().minScore());
    } else if (!selection.rules().agree().isEmpty()) {
      return Optional.of("algorithm.pairing.agree = " + selection.rules().agree());
    } else if (selection.rules().order() == PairRules.Order.GAP) {
      return Optional.of("algorithm.pairing.order = gap");
    } else if (labelling.rule().readsScores()) {
      return Optional.of("algorithm.label.type = " + labelling.source());
    } else if (!WEIGHTS_WITHOUT_SCORES.contains(type(algorithm.weight()))) {
      return Optional.of("algorithm.weight.type = " + type(algorithm.weight()));
    } else if (!MARGINS_WITHOUT_SCORES.contains(type(algorithm.margin()))) {
      return Optional.of("algorithm.margin.type = " + type(algorithm.margin()));
    }
    return Optional.empty();
  }

  /**
   * The key that makes a run ask for scores which the data do not give, as {@code KEY = VALUE};
   * empty where no score is asked for.
   */
  Optional<String> scoresFor() {
    AlgorithmOptions algorithm = experiment.algorithm();
    if (!experiment.eval().path().isEmpty() && experiment.heldOut().isEmpty()) {
      return Optional.of("eval.path = " + experiment.eval().path());
    } else if (allHaveScores() || (!experiment.rollout().samples() && members.byName().isEmpty())) {
      return Optional.empty();
    } else if (!type(algorithm.select()).equals("none")
        && !type(algorithm.select()).equals("all")) {
      return Optional.of("algorithm.select.type = " + type(algorithm.select()));
    } else if (algorithm.dynamicSampling().enabled()) {
      return Optional.of("algorithm.dynamic-sampling.enabled = true");
    } else if (algorithm.pairs()) {
      return needOfPairs(
          PairSelection.of(algorithm.pairing()),
          Labelling.of(algorithm.label(), algorithm.weight(), algorithm.margin()));
    }
    return algorithm.advantage().type().map(type -> "algorithm.advantage.type = " + type);
  }

  private boolean allHaveScores() {
    return experiment.rollout().groupSize() == 0
        && members.byName().values().stream()
            .allMatch(member -> member.given() && !member.score().isEmpty());
  }

  private static String type(ConfigBlock block) {
    return block.type().orElse("none");
  }

  /** The members with the number of responses of each, in words. */
  String summary() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, MemberOptions> member : members.byName().entrySet()) {
      text.append(", member ").append(member.getKey()).append(" from ");
      text.append(member.getValue().from());
    }
    return text.toString();
  }
}
