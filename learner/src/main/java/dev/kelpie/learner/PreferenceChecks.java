package dev.kelpie.learner;

import dev.kelpie.algorithms.catalog.SelectedLoss;
import dev.kelpie.algorithms.label.Labelling;
import dev.kelpie.algorithms.label.ResponseLabelRule;
import dev.kelpie.algorithms.label.ResponseLabels;
import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.PairRules;
import dev.kelpie.algorithms.pairing.PairSelection;
import dev.kelpie.algorithms.pairing.Pairings;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.AlgorithmOptions.LossRows;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.Require;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.config.named.Members;
import dev.kelpie.config.named.VariantOptions;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.learner.StepTerms.Term;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Checks of experiments whose main loss is over pairs or over single labelled responses. */
final class PreferenceChecks {
  private PreferenceChecks() {}

  /** Checks {@code experiment} with its main loss; the algorithm in one line. */
  static String check(Experiment experiment, SelectedLoss loss) {
    AlgorithmOptions algorithm = experiment.algorithm();
    String type = algorithm.loss().type().orElse("");
    boolean pairs = loss instanceof SelectedLoss.OfPairs;
    requireBlocks(algorithm, type, pairs);
    String kind = pairs ? "pairs" : "single responses";
    Require.that(
        algorithm.rows() == LossRows.ALL,
        "algorithm.rows: %s (expected: all, because algorithm.loss.type = %s is a loss over %s)",
        KebabCase.of(algorithm.rows()),
        type,
        kind);
    if (!algorithm.advantage().values().isEmpty()) {
      throw algorithm
          .advantage()
          .error(
              "type",
              algorithm.advantage().type().orElse(""),
              "none, because algorithm.loss.type = " + type + " is a loss over " + kind);
    }
    Require.that(
        algorithm.kl().coef() == 0 || algorithm.kl().place() == KlOptions.Place.LOSS,
        "algorithm.kl.place: reward (expected: loss, because algorithm.loss.type = %s is a loss"
            + " over %s)",
        type,
        kind);
    StepTerms terms = StepTerms.of(experiment);
    Require.that(
        experiment.value().kind() == ValueOptions.Kind.NONE,
        "value.kind: %s (expected: none, because algorithm.loss.type = %s is a loss over %s)",
        experiment.value().kind().name().toLowerCase(Locale.ROOT),
        type,
        kind);
    requireReference(experiment, terms, type);
    String made = pairs ? checkPairs(experiment, terms) : checkResponses(algorithm, terms);
    TokenChecks.checkPreferences(experiment, terms);
    terms.counted().forEach(term -> checkTerm(experiment, term));
    return String.format(
        Locale.ROOT, "%s, loss %s%s", made, type, terms.needsReference() ? "" : ", no reference");
  }

  /** The columns of the data that the terms read. */
  static MetadataColumns columns(StepTerms terms) {
    MetadataColumns all = MetadataColumns.NONE;
    for (Term term : terms.counted()) {
      if (term.loss() instanceof TermLoss.OfResponses loss
          && loss.loss().principles().isPresent()) {
        for (String column : loss.loss().principles().get().columns()) {
          all = all.and(MetadataColumns.of(column));
        }
      }
    }
    return all;
  }

  private static void requireBlocks(AlgorithmOptions algorithm, String type, boolean pairs) {
    if (pairs && !algorithm.pairs()) {
      throw algorithm
          .loss()
          .error(
              "type",
              type,
              "a loss over tokens, because there is no algorithm.pairing.type, such as "
                  + String.join(", ", Pairings.catalog().names()));
    }
    if (!pairs && algorithm.pairs()) {
      throw algorithm
          .pairing()
          .error(
              "type",
              algorithm.pairing().type().orElse(""),
              "none, because algorithm.loss.type = " + type + " is not a loss over pairs");
    }
    if (pairs && algorithm.labelled()) {
      throw algorithm
          .responseLabel()
          .error(
              "type",
              algorithm.responseLabel().type().orElse(""),
              "none, because algorithm.loss.type = "
                  + type
                  + " is not a loss over single labelled responses");
    }
    if (!pairs && !algorithm.labelled()) {
      throw algorithm
          .loss()
          .error(
              "type",
              type,
              "a loss over tokens, because there is no algorithm.response-label.type, such as "
                  + String.join(", ", ResponseLabels.catalog().names()));
    }
    if (!pairs) {
      for (ConfigBlock block :
          new ConfigBlock[] {algorithm.label(), algorithm.weight(), algorithm.margin()}) {
        if (!block.values().isEmpty()) {
          throw block.error(
              "type",
              block.type().orElse(""),
              "none, because algorithm.loss.type = " + type + " is not a loss over pairs");
        }
      }
    }
  }

  private static void requireReference(Experiment experiment, StepTerms terms, String type) {
    if (experiment.reference().schedule() != ReferenceOptions.Schedule.NONE) {
      return;
    }
    for (Term term : terms.counted()) {
      Require.that(
          !term.needsReference(),
          "reference.schedule: none (expected: frozen, refresh, ema or previous, because"
              + " algorithm.%s = %s)",
          term.name().isEmpty() ? "loss.type" : "terms." + term.name() + ".loss.type",
          term.name().isEmpty() ? type : "a loss with a reference");
    }
  }

  private static String checkResponses(AlgorithmOptions algorithm, StepTerms terms) {
    checkTargets(
        algorithm.loss(), "algorithm.response-label.type", terms.main().orElseThrow(), algorithm);
    return "labels " + algorithm.responseLabel().type().orElse("");
  }

  private static void checkTargets(
      ConfigBlock block, String key, Term term, AlgorithmOptions algorithm) {
    TermLoss.OfResponses loss = (TermLoss.OfResponses) term.loss();
    ResponseLabelRule labels = loss.labels();
    String label =
        term.name().isEmpty()
            ? algorithm.responseLabel().type().orElse("all")
            : StepTerms.labelOf(algorithm, term.name());
    String type = block.type().orElse("");
    if (loss.loss().needsDesirable() && !labels.makesDesirable()) {
      throw block.error(
          "type",
          type,
          "a loss without undesirable responses, because " + key + " = " + label + " has none");
    }
    if (loss.loss().needsTarget() && !labels.makesTargets()) {
      throw block.error(
          "type", type, "a loss without targets, because " + key + " = " + label + " makes none");
    }
  }

  /** Checks what {@code term} reads of the experiment. */
  static void checkTerm(Experiment experiment, Term term) {
    Require.that(
        !experiment.data().chat()
            || !(term.loss() instanceof TermLoss.OfResponses written)
            || written.loss().principles().isEmpty(),
        "data.chat: true (expected: false, because the loss sami writes principles in front of the"
            + " prompt's text)");
    if (term.rows() == StepTerms.Rows.MEMBER) {
      String key = "algorithm.terms." + term.name() + ".member";
      requireMember(key, term.member(), members(experiment));
      Require.that(
          !Members.of(experiment).leftOut(term.member()),
          "%s: %s (expected: a member with trained = true)",
          key,
          term.member());
    }
    if (term.loss() instanceof TermLoss.OfResponses loss) {
      loss.loss()
          .principles()
          .ifPresent(
              principles ->
                  Require.that(
                      principles.columns().size() > 1,
                      "algorithm.%s.principles: %s (expected: at least two columns of the data, one"
                          + " for each response of a group)",
                      term.name().isEmpty() ? "loss" : "terms." + term.name() + ".loss",
                      principles.columns()));
      loss.labels()
          .against()
          .ifPresent(
              name ->
                  requireMember(
                      term.name().isEmpty()
                          ? "algorithm.response-label.against"
                          : "algorithm.terms." + term.name() + ".label.against",
                      name,
                      members(experiment)));
      if (!term.name().isEmpty()) {
        ConfigBlock block = StepTerms.lossOf(experiment.algorithm(), term.name());
        checkTargets(
            block, "algorithm.terms." + term.name() + ".label.type", term, experiment.algorithm());
      }
    }
  }

  private static String checkPairs(Experiment experiment, StepTerms terms) {
    AlgorithmOptions algorithm = experiment.algorithm();
    PairSelection pairing = PairSelection.of(algorithm.pairing());
    checkMembers(members(experiment), pairing, algorithm.pairing().type().orElse(""));
    checkVariants(experiment, pairing);
    MemberChecks.of(experiment).checkPairs(pairing);
    Labelling labelling = Labelling.of(algorithm.label(), algorithm.weight(), algorithm.margin());
    Require.that(
        !experiment.rollout().fromFile() || experiment.data().form().groups(),
        "data.form: %s (expected: pairs, scored or turns, because algorithm.pairing makes pairs of"
            + " one prompt's responses)",
        experiment.data().form().label());
    Require.that(
        !experiment.rollout().samples()
            || members(experiment).size() > 1
            || experiment.rollout().groupSize() > 1
            || pairing.pairing().ofOneResponse(),
        "rollout.group-size: %s (expected: at least 2, because algorithm.pairing makes pairs of"
            + " one prompt's responses)",
        experiment.rollout().groupSize());
    checkLabels(
        experiment, ((TermLoss.OfPairs) terms.main().orElseThrow().loss()).loss(), labelling);
    return "pairs " + algorithm.pairing().type().orElse("") + ", label " + labelling.source();
  }

  /** The names of those whose responses a group may have. */
  private static Set<String> members(Experiment experiment) {
    Set<String> members = new TreeSet<>(experiment.data().form().members());
    members.addAll(Members.of(experiment).byName().keySet());
    if (experiment.rollout().samples() && experiment.rollout().groupSize() > 0) {
      members.add(Candidate.POLICY);
    }
    return members;
  }

  private static void checkMembers(Set<String> members, PairSelection selection, String type) {
    PairRules rules = selection.rules();
    requireMember("algorithm.pairing.chosen-from", rules.chosenFrom(), members);
    requireMember("algorithm.pairing.rejected-from", rules.rejectedFrom(), members);
    requireMember("algorithm.pairing.gold-from", rules.goldFrom(), members);
    requireMember("algorithm.pairing.spare", rules.spare(), members);
    Require.that(
        !type.equals("origin") || members.size() > 1,
        "algorithm.pairing.type: origin (expected: another one, because all responses are of one"
            + " member, %s)",
        String.join(", ", members));
  }

  private static void requireMember(String key, String name, Set<String> members) {
    Require.that(
        name.isEmpty() || members.contains(name),
        "%s: %s (expected: %s)",
        key,
        name,
        members.size() == 1
            ? members.iterator().next() + ", the only member"
            : NearestName.expectation(name, members));
  }

  private static void checkVariants(Experiment experiment, PairSelection pairing) {
    PairRules.Variants named = pairing.rules().variants();
    Set<String> known = experiment.variants().keySet();
    requireVariant("chosen", named.chosen(), known);
    requireVariant("rejected", named.rejected(), known);
    Require.that(
        !pairing.pairing().ofOneResponse() || !named.chosen().equals(named.rejected()),
        "algorithm.pairing.variants: %s for both sides (expected: two prompts, because"
            + " algorithm.pairing.type = same pairs a response with itself)",
        named.chosen().isEmpty() ? "none" : named.chosen());
    boolean scored = sidesShowScore(experiment);
    Require.that(
        scored || pairing.rules().goals() == PairRules.Goals.CHOSEN,
        "algorithm.pairing.goals: both (expected: chosen, because no variant of the pairs shows"
            + " {score})");
    String fixed = experiment.reference().variant();
    Require.that(
        fixed.isEmpty() || !AlgorithmChecks.holdsReference(experiment),
        "reference.variant: %s (expected: none, because the learner itself computes what the loss"
            + " needs of the reference, under the prompts of the pairs)",
        fixed);
  }

  private static void requireVariant(String side, String name, Set<String> known) {
    Require.that(
        name.isEmpty() || known.contains(name),
        "algorithm.pairing.variants.%s: %s (expected: %s)",
        side,
        name,
        known.isEmpty()
            ? "a block variants." + name
            : "a name of the block variants, " + NearestName.expectation(name, known));
  }

  /** Whether the sides of pairs are under prompts that show a score. */
  static boolean sidesShowScore(Experiment experiment) {
    if (!experiment.algorithm().pairs()) {
      return false;
    }
    PairRules.Variants named =
        PairSelection.of(experiment.algorithm().pairing()).rules().variants();
    return VariantOptions.showsScore(experiment, named.chosen())
        || VariantOptions.showsScore(experiment, named.rejected());
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
    PairRules rules = PairSelection.of(algorithm.pairing()).rules();
    Require.that(
        rules.goldFrom().isEmpty() || loss.nllOf() == PreferenceLoss.NllOf.GOLD,
        "algorithm.pairing.gold-from: %s (expected: none, because algorithm.loss.type = %s learns"
            + " no third response)",
        rules.goldFrom(),
        type);
    if (loss.sidesHaveRoles()) {
      requireWinners(algorithm, labelling, type);
    }
  }

  /** A loss whose sides have roles is told by the label which of them is better. */
  private static void requireWinners(AlgorithmOptions algorithm, Labelling labelling, String type) {
    if (PairSelection.of(algorithm.pairing()).pairing().byScore()) {
      throw algorithm
          .pairing()
          .error(
              "type",
              algorithm.pairing().type().orElse(""),
              "samples or origin, because the sides of algorithm.loss.type = "
                  + type
                  + " have roles of their own");
    }
    Require.that(
        labelling.rule().namesWinner(),
        "algorithm.label.type: %s (expected: one that says which side won, such as winner or"
            + " scores, because algorithm.loss.type = %s)",
        labelling.source(),
        type);
  }
}
