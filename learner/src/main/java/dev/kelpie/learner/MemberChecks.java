package dev.kelpie.learner;

import dev.kelpie.algorithms.label.Labelling;
import dev.kelpie.algorithms.pairing.PairRules;
import dev.kelpie.algorithms.pairing.PairSelection;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.MemberOptions;
import dev.kelpie.config.Members;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.Require;
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
   * @throws ConfigException for a block {@code members.NAME} that is wrong
   */
  static MemberChecks of(Experiment experiment) {
    MemberChecks checks = new MemberChecks(experiment, Members.of(experiment));
    Require.that(
        checks.groupSize() > 0,
        "rollout.group-size: 0 (expected: at least 1, because there are no members)");
    return checks;
  }

  /** Responses to a prompt. */
  int groupSize() {
    return experiment.rollout().groupSize() + members.responses();
  }

  /** Responses to a prompt that losses and advantages may use. */
  int trained() {
    int leftOut =
        members.byName().values().stream()
            .filter(member -> !member.trained())
            .mapToInt(MemberOptions::count)
            .sum();
    return groupSize() - leftOut;
  }

  /** Checks what a loss over tokens needs. */
  void checkTokens(boolean credited, boolean corrected) {
    long rows = (long) experiment.rollout().promptsPerStep() * trained();
    Require.that(
        rows % experiment.learner().minibatches() == 0,
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
                    !corrected || !member.trained(),
                    "members.%s.from: %s (expected: a source with log-probabilities such as model,"
                        + " or trained = false, because algorithm.loss corrects by importance)",
                    name,
                    member.from()));
    requireScores(
        credited
            ? Optional.of("algorithm.advantage.type = " + type(experiment.algorithm().advantage()))
            : Optional.empty());
  }

  /** Checks the members that pairs are made of, and the scores that they need. */
  void checkPairs(PairSelection selection, Labelling labelling) {
    PairRules rules = selection.rules();
    requireMember("chosen-from", rules.chosenFrom());
    requireMember("rejected-from", rules.rejectedFrom());
    if (!selection.pairing().byScore()) {
      requireNamed("chosen-from", rules.chosenFrom());
      requireNamed("rejected-from", rules.rejectedFrom());
      requireUnused("min-margin", rules.minMargin(), PairRules.DEFAULTS.minMargin());
      requireUnused("min-margin-own", rules.minMarginOwn(), PairRules.DEFAULTS.minMarginOwn());
      requireUnused("ties", rules.ties(), PairRules.DEFAULTS.ties());
    }
    requireScores(needOfPairs(selection, labelling));
  }

  private void requireMember(String key, String name) {
    if (name.isEmpty()) {
      return;
    }
    Require.that(
        members.names().contains(name),
        "algorithm.pairing.%s: %s (expected: the name of a member, %s)",
        key,
        name,
        NearestName.expectation(name, members.names()));
    Require.that(
        !members.leftOut(name),
        "algorithm.pairing.%s: %s (expected: a member with trained = true)",
        key,
        name);
    Require.that(
        !name.equals(Members.POLICY) || experiment.rollout().groupSize() > 0,
        "algorithm.pairing.%s: policy (expected: another member, because rollout.group-size = 0)",
        key);
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

  /** Refuses an experiment without a reward where something reads scores that nobody gives. */
  private void requireScores(Optional<String> need) {
    if (!experiment.reward().isEmpty()) {
      return;
    }
    Require.that(
        experiment.eval().path().isEmpty(),
        "eval.path: %s (expected: none, because there is no reward to measure with)",
        experiment.eval().path());
    ConfigBlock select = experiment.algorithm().select();
    Optional<String> reader =
        select.type().filter(type -> !type.equals("all")).isPresent()
            ? Optional.of("algorithm.select.type = " + type(select))
            : experiment.algorithm().dynamicSampling().enabled()
                ? Optional.of("algorithm.dynamic-sampling")
                : need;
    if (reader.isPresent() && !allHaveScores()) {
      throw new ConfigException(
          "reward: none (expected: at least one, such as reward.answer { type = exact-match },"
              + " because of "
              + reader.get()
              + ")");
    }
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
