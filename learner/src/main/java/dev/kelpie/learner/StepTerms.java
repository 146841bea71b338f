package dev.kelpie.learner;

import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.KlEstimator;
import dev.kelpie.algorithms.catalog.Losses;
import dev.kelpie.algorithms.catalog.SelectedLoss;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.policy.KlOnlyLoss;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.Require;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The terms of an experiment whose main loss is over pairs: {@code algorithm.loss}, a KL term over
 * the sampled responses where {@code algorithm.kl.coef > 0}, and {@code algorithm.terms}.
 *
 * @param main the loss over the step's pairs
 * @param more the other terms, in order of their names
 */
record StepTerms(PreferenceLoss main, List<Term> more) {
  /** The responses that a term is over. */
  enum Rows {
    /** The step's pairs. */
    PAIRS,
    /** The chosen responses of the pairs, each once. */
    CHOSEN,
    /** The rejected responses of the pairs, each once. */
    REJECTED,
    /** All responses that are part of the loss, paired or not. */
    SAMPLED
  }

  /** A block of {@code algorithm.terms}. */
  record Options(
      @Doc("responses it is over: pairs, chosen, rejected or sampled") Rows rows,
      @Doc("its loss: a type and its options") ConfigBlock loss,
      @Doc("its factor; below 0 turns it around") double weight) {
    static final Options DEFAULTS =
        new Options(Rows.CHOSEN, ConfigBlock.empty("algorithm.terms.NAME.loss"), 1);

    Options {
      Require.that(Double.isFinite(weight), "weight: %s (expected: a number)", weight);
    }
  }

  /** A term beside the main one. */
  record Term(String name, Rows rows, double weight, Loss loss) {
    boolean needsReference() {
      return weight != 0 && loss.needsReference();
    }
  }

  /** A loss over pairs or over tokens. */
  sealed interface Loss {
    boolean needsReference();

    record OfPairs(PreferenceLoss loss) implements Loss {
      @Override
      public boolean needsReference() {
        return loss.needsReference();
      }
    }

    record OfTokens(PolicyObjective objective) implements Loss {
      @Override
      public boolean needsReference() {
        return objective.needsReference() || objective.loss().needsReference();
      }
    }
  }

  StepTerms {
    more = List.copyOf(more);
  }

  /**
   * The terms of an experiment.
   *
   * @throws ConfigException for a block that is wrong
   */
  static StepTerms of(Experiment experiment) {
    AlgorithmOptions algorithm = experiment.algorithm();
    PreferenceLoss main = ((SelectedLoss.OfPairs) Losses.create(algorithm.loss())).loss();
    List<Term> more = new ArrayList<>();
    KlOptions kl = algorithm.kl();
    if (kl.coef() > 0) {
      PolicyObjective objective =
          PolicyObjective.of(new KlOnlyLoss(), Aggregation.of(algorithm.aggregation(), 1))
              .withKl(kl.coef(), KlEstimator.of(kl.estimator()));
      more.add(new Term("kl", Rows.SAMPLED, 1, new Loss.OfTokens(objective)));
    }
    new TreeMap<>(algorithm.terms()).forEach((name, block) -> more.add(term(name, block)));
    return new StepTerms(main, more);
  }

  private static Term term(String name, ConfigBlock block) {
    Options options = block.bind(Options.DEFAULTS);
    SelectedLoss selected = Losses.create(options.loss());
    if (selected instanceof SelectedLoss.OfPairs pairs && options.rows() == Rows.PAIRS) {
      return new Term(name, Rows.PAIRS, options.weight(), new Loss.OfPairs(pairs.loss()));
    }
    if (selected instanceof SelectedLoss.OfTokens tokens && options.rows() != Rows.PAIRS) {
      if (tokens.loss().needsAdvantages()) {
        throw options
            .loss()
            .error(
                "type",
                options.loss().type().orElse(""),
                "a loss without advantages such as sft, because pairs have none");
      }
      PolicyObjective objective =
          PolicyObjective.of(tokens.loss(), Aggregation.of("token-mean", 1));
      return new Term(name, options.rows(), options.weight(), new Loss.OfTokens(objective));
    }
    throw options
        .loss()
        .error(
            "type",
            options.loss().type().orElse(""),
            options.rows() == Rows.PAIRS
                ? "a loss over pairs, because rows = pairs"
                : "a loss over tokens such as sft, because rows are single responses");
  }

  boolean needsReference() {
    return main.needsReference() || more.stream().anyMatch(Term::needsReference);
  }

  /** Whether all pairs of an update must share a microbatch. */
  boolean coupled() {
    return main.unit() == LossUnit.STEP
        || more.stream()
            .anyMatch(
                term ->
                    term.loss() instanceof Loss.OfPairs pairs
                        && pairs.loss().unit() == LossUnit.STEP);
  }

  /** The responses that some term is over, ascending. */
  Set<Integer> rows(StepRows rows, StepPairs pairs) {
    Set<Integer> all = new TreeSet<>(pairs.rows());
    for (Term term : more) {
      if (term.weight() != 0) {
        all.addAll(members(term.rows(), rows, pairs));
      }
    }
    return all;
  }

  /** The objective of an optimiser step on {@code minibatch}. */
  StepObjective objective(StepRows rows, StepPairs pairs, Collection<Integer> minibatch) {
    List<StepObjective.Weighted> terms = new ArrayList<>();
    terms.add(new StepObjective.Weighted("", 1, PairTerm.of(main, rows, pairs, minibatch)));
    for (Term term : more) {
      if (term.weight() != 0) {
        terms.add(
            new StepObjective.Weighted(
                term.name(), term.weight(), made(term, rows, pairs, minibatch)));
      }
    }
    return new StepObjective(rows, terms);
  }

  private static ObjectiveTerm made(
      Term term, StepRows rows, StepPairs pairs, Collection<Integer> minibatch) {
    if (term.loss() instanceof Loss.OfPairs loss) {
      return PairTerm.of(loss.loss(), rows, pairs, minibatch);
    }
    Set<Integer> members = new TreeSet<>(members(term.rows(), rows, pairs));
    members.retainAll(new HashSet<>(minibatch));
    return new TokenTerm(
        ((Loss.OfTokens) term.loss()).objective(),
        members,
        rows.denominators(List.copyOf(members)));
  }

  private static Collection<Integer> members(Rows kind, StepRows rows, StepPairs pairs) {
    return switch (kind) {
      case PAIRS -> pairs.rows();
      case CHOSEN -> pairs.pairs().stream().map(StepPairs.Pair::chosen).toList();
      case REJECTED -> pairs.pairs().stream().map(StepPairs.Pair::rejected).toList();
      case SAMPLED -> rows.trained();
    };
  }
}
