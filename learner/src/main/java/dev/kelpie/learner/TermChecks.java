package dev.kelpie.learner;

import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.AlgorithmOptions.LossRows;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.Require;
import dev.kelpie.config.named.MemberOptions;
import dev.kelpie.config.named.Members;
import dev.kelpie.learner.StepTerms.Rows;
import dev.kelpie.learner.StepTerms.Term;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/** Checks of further terms beside a policy loss, and of the responses that either is over. */
final class TermChecks {
  private static final Set<Rows> OF_OTHERS = EnumSet.of(Rows.MEMBER, Rows.DATA, Rows.ALL);

  private TermChecks() {}

  /** Checks {@code experiment}, whose policy loss is {@code type}. */
  static void check(Experiment experiment, String type) {
    StepTerms terms = StepTerms.of(experiment);
    for (Term term : terms.more()) {
      requireRows(experiment, term);
      requireAlone(experiment.algorithm(), term, type);
      PreferenceChecks.checkTerm(experiment, term);
      Require.that(
          !term.needsReference()
              || experiment.reference().schedule() != ReferenceOptions.Schedule.NONE,
          "reference.schedule: none (expected: frozen, refresh, ema or previous, because"
              + " algorithm.terms.%s.loss.type = %s)",
          term.name(),
          lossType(experiment.algorithm(), term));
    }
    if (experiment.algorithm().rows() == LossRows.SAMPLED) {
      requireSampled(experiment, terms);
    }
  }

  /** The step has responses that the term is over. */
  private static void requireRows(Experiment experiment, Term term) {
    ConfigBlock block =
        Objects.requireNonNull(experiment.algorithm().terms().get(term.name()), term.name());
    if (term.rows() == Rows.DATA && !hasGiven(experiment)) {
      throw block.error(
          "rows", "data", "sampled, member or all, because no response comes with the data");
    }
    if (term.rows() == Rows.SAMPLED && !hasSamples(experiment)) {
      throw block.error("rows", "sampled", "member, data or all, because nothing is sampled");
    }
  }

  private static boolean hasGiven(Experiment experiment) {
    return experiment.rollout().fromFile()
        || Members.of(experiment).given().values().stream().anyMatch(MemberOptions::trained);
  }

  private static boolean hasSamples(Experiment experiment) {
    return experiment.rollout().samples() && experiment.rollout().groupSize() > 0;
  }

  /** Minibatches of a policy loss split groups, and have no numbers that responses share. */
  private static void requireAlone(AlgorithmOptions algorithm, Term term, String type) {
    if (term.loss() instanceof TermLoss.OfResponses responses) {
      ResponseLoss loss = responses.loss();
      if (loss.couplingRows() != ResponseLoss.CouplingRows.NONE
          || loss.unit() != LossUnit.RESPONSE
          || loss.principles().isPresent()) {
        throw StepTerms.lossOf(algorithm, term.name())
            .error(
                "type",
                lossType(algorithm, term),
                "a loss that needs no other response of the step, because algorithm.loss.type = "
                    + type
                    + " is a loss over tokens");
      }
    }
  }

  private static String lossType(AlgorithmOptions algorithm, Term term) {
    return StepTerms.lossOf(algorithm, term.name()).type().orElse("");
  }

  /** What {@code algorithm.rows = sampled} needs. */
  private static void requireSampled(Experiment experiment, StepTerms terms) {
    Require.that(
        hasSamples(experiment),
        "algorithm.rows: sampled (expected: all, because nothing is sampled)");
    Require.that(
        terms.more().stream().anyMatch(term -> OF_OTHERS.contains(term.rows())),
        "algorithm.rows: sampled (expected: all, because no term of algorithm.terms is over other"
            + " responses)");
    Require.that(
        experiment.rollout().fromFile()
            || Members.of(experiment).byName().values().stream().anyMatch(MemberOptions::trained),
        "algorithm.rows: sampled (expected: all, because all responses are the policy's samples)");
    Require.that(
        !experiment.algorithm().dynamicSampling().enabled(),
        "algorithm.dynamic-sampling.enabled: true (expected: false, because algorithm.rows ="
            + " sampled takes other responses of a group out of its advantages)");
  }
}
