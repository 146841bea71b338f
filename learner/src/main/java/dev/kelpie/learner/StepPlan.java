package dev.kelpie.learner;

import dev.kelpie.algorithms.label.ResponseLabel;
import dev.kelpie.algorithms.label.ResponseLabelRule;
import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.preference.Coupling;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.learner.StepTerms.Term;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.token.TokenRule;
import dev.kelpie.model.Tokenizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The rows of each term of one training step, with the labels of single responses.
 *
 * @param labels by the name of the term, then by the row's index within the step
 * @param weights of tokens, by the name of the term, then by the row's index within the step; terms
 *     without weights are left out
 */
record StepPlan(
    StepTerms terms,
    StepRows rows,
    StepPairs pairs,
    Map<String, Map<Integer, ResponseLabel>> labels,
    Map<String, Map<Integer, PerToken>> weights) {
  /** The plan of a step, without the weights of tokens. */
  static StepPlan of(
      StepTerms terms, StepRows rows, StepPairs pairs, Supplier<Tokenizer> tokenizer) {
    Map<String, Map<Integer, ResponseLabel>> labels = new HashMap<>();
    Views views = new Views(rows, tokenizer);
    for (Term term : terms.counted()) {
      if (term.loss() instanceof TermLoss.OfResponses loss) {
        Map<Integer, ResponseLabel> made = labels(loss.labels(), rows, members(term, rows, pairs));
        labels.put(
            term.name(),
            loss.loss()
                .principles()
                .map(principles -> matrices(views.matrices(principles, made.keySet())))
                .orElse(made));
      }
      if (term.loss() instanceof TermLoss.OfPairs loss) {
        loss.loss()
            .shows()
            .ifPresent(shown -> pairs.pairs().forEach(pair -> views.ofPair(pair, shown)));
      }
    }
    return new StepPlan(terms, rows, pairs, labels, Map.of());
  }

  /** The same with the weights of tokens, now that the rows have the numbers they are made of. */
  StepPlan weighted() {
    Map<String, Map<Integer, PerToken>> made = new HashMap<>();
    for (Term term : terms.counted()) {
      if (term.tokenWeight().isPresent()) {
        TokenRule rule = term.tokenWeight().get();
        Map<Integer, PerToken> ofTerm = new HashMap<>();
        rowsOf(term).forEach(row -> ofTerm.put(row, rule.numbers(row, rows)));
        made.put(term.name(), ofTerm);
      }
    }
    return new StepPlan(terms, rows, pairs, labels, made);
  }

  private static Map<Integer, ResponseLabel> matrices(List<Integer> views) {
    Map<Integer, ResponseLabel> labels = new TreeMap<>();
    views.forEach(row -> labels.put(row, new ResponseLabel(true, 0, 1)));
    return labels;
  }

  private static Map<Integer, ResponseLabel> labels(
      ResponseLabelRule rule, StepRows rows, Collection<Integer> members) {
    Set<Integer> wanted = new HashSet<>(members);
    Map<Integer, ResponseLabel> labels = new TreeMap<>();
    for (List<Candidate> candidates : rows.candidatesOfTerms()) {
      ResponseLabelRule.Group group =
          new ResponseLabelRule.Group(candidates, row -> rows.row(row).trajectory().response());
      for (Candidate candidate : candidates) {
        if (wanted.contains(candidate.row())) {
          rule.label(candidate, group).ifPresent(label -> labels.put(candidate.row(), label));
        }
      }
    }
    return labels;
  }

  /** The responses that some term is over, ascending. */
  Set<Integer> used() {
    Set<Integer> all = new TreeSet<>();
    for (Term term : terms.counted()) {
      all.addAll(rowsOf(term));
      if (term.loss() instanceof TermLoss.OfPairs loss && loss.loss().shows().isPresent()) {
        pairs.pairs().forEach(pair -> all.addAll(PairTerm.views(pair, rows)));
      }
    }
    return all;
  }

  private Collection<Integer> rowsOf(Term term) {
    return term.loss() instanceof TermLoss.OfResponses
        ? labels(term).keySet()
        : members(term, rows, pairs);
  }

  /** The labels of the responses of a term. */
  Map<Integer, ResponseLabel> labels(Term term) {
    return labels.getOrDefault(term.name(), Map.of());
  }

  /** The labels of a term's responses among {@code minibatch}. */
  Map<Integer, ResponseLabel> labels(Term term, Collection<Integer> minibatch) {
    Map<Integer, ResponseLabel> here = new TreeMap<>(labels(term));
    here.keySet().retainAll(new HashSet<>(minibatch));
    return here;
  }

  /**
   * The objective of an optimiser step on {@code minibatch}.
   *
   * @param couplings by the name of their terms
   */
  StepObjective objective(Collection<Integer> minibatch, Map<String, Coupling> couplings) {
    return new StepObjective(rows, weighted(minibatch, couplings), terms.usesVocabulary());
  }

  /** The terms of an optimiser step on {@code minibatch}, the main one first if there is one. */
  List<StepObjective.Weighted> weighted(
      Collection<Integer> minibatch, Map<String, Coupling> couplings) {
    List<StepObjective.Weighted> made = new ArrayList<>();
    for (Term term : terms.counted()) {
      made.add(
          new StepObjective.Weighted(
              term.name(), term.weight(), objective(term, minibatch, couplings)));
    }
    return made;
  }

  private ObjectiveTerm objective(
      Term term, Collection<Integer> minibatch, Map<String, Coupling> couplings) {
    if (term.loss() instanceof TermLoss.OfPairs loss) {
      return PairTerm.of(loss.loss(), rows, pairs, minibatch, weights(term));
    }
    if (term.loss() instanceof TermLoss.OfResponses loss) {
      return new ResponseTerm(
          loss.loss(),
          labels(term, minibatch),
          weights(term),
          Optional.ofNullable(couplings.get(term.name())));
    }
    Set<Integer> members = new TreeSet<>(rowsOf(term));
    members.retainAll(new HashSet<>(minibatch));
    return new TokenTerm(
        ((TermLoss.OfTokens) term.loss()).objective(),
        members,
        weights(term),
        rows.pieces().denominators(List.copyOf(members)));
  }

  private Optional<Map<Integer, PerToken>> weights(Term term) {
    return Optional.ofNullable(weights.get(term.name()));
  }

  private static Collection<Integer> members(Term term, StepRows rows, StepPairs pairs) {
    return switch (term.rows()) {
      case PAIRS -> pairs.rows();
      case CHOSEN -> pairs.pairs().stream().map(StepPairs.Pair::chosen).toList();
      case REJECTED -> pairs.pairs().stream().map(StepPairs.Pair::rejected).toList();
      case UNPAIRED -> unpaired(rows, pairs);
      case SAMPLED -> of(rows, response -> response.origin().member().equals(Candidate.POLICY));
      case MEMBER -> of(rows, response -> response.origin().member().equals(term.member()));
      case DATA -> of(rows, response -> !response.generated());
      case ALL -> rows.ofTerms();
    };
  }

  private static List<Integer> of(StepRows rows, Predicate<Trajectory> which) {
    return rows.ofTerms().stream().filter(row -> which.test(rows.row(row).trajectory())).toList();
  }

  private static List<Integer> unpaired(StepRows rows, StepPairs pairs) {
    Set<Integer> paired = new HashSet<>();
    pairs.rows().forEach(row -> paired.add(rows.row(row).group()));
    return rows.trained().stream().filter(row -> !paired.contains(rows.row(row).group())).toList();
  }
}
