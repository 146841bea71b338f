package dev.kelpie.learner;

import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.KlEstimator;
import dev.kelpie.algorithms.catalog.Losses;
import dev.kelpie.algorithms.catalog.SelectedLoss;
import dev.kelpie.algorithms.label.ResponseLabels;
import dev.kelpie.algorithms.loss.policy.KlOnlyLoss;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.Require;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.learner.token.TokenRule;
import dev.kelpie.learner.token.TokenRules;
import dev.kelpie.model.Tokenizer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The terms of an experiment: {@code algorithm.terms} and, where {@code algorithm.loss} is over
 * pairs or single responses, that loss and a KL term over the sampled responses if {@code
 * algorithm.kl.coef > 0}. A policy loss, with its KL, is none of them.
 *
 * @param main the loss over the step's pairs or labelled responses; empty beside a policy loss
 * @param more the other terms, in order of their names
 */
record StepTerms(Optional<Term> main, List<Term> more) {
  private static final Set<Rows> OF_PAIRS =
      EnumSet.of(Rows.PAIRS, Rows.CHOSEN, Rows.REJECTED, Rows.UNPAIRED);

  /** The responses that a term is over. */
  enum Rows {
    /** The step's pairs. */
    PAIRS,
    /** The chosen responses of the pairs, each once. */
    CHOSEN,
    /** The rejected responses of the pairs, each once. */
    REJECTED,
    /** The responses of groups without a pair. */
    UNPAIRED,
    /** The policy's own responses that are part of the loss, paired or not. */
    SAMPLED,
    /** The responses of one member. */
    MEMBER,
    /** The responses that come with the data. */
    DATA,
    /** All responses that are part of the loss. */
    ALL
  }

  /** A block of {@code algorithm.terms}. */
  record Options(
      @Doc("responses it is over: pairs, chosen, rejected, unpaired, sampled, member, data or all")
          Rows rows,
      @Doc("the member, for rows = member") String member,
      @Doc("its loss: a type and its options") ConfigBlock loss,
      @Doc("labels of its responses, for a loss over single responses: a type and its options")
          ConfigBlock label,
      @Doc("factors of its tokens: a type and its options") ConfigBlock tokenWeight,
      @Doc("its factor; below 0 turns it around") double weight) {
    static final Options DEFAULTS =
        new Options(
            Rows.CHOSEN,
            "",
            ConfigBlock.empty("algorithm.terms.NAME.loss"),
            ConfigBlock.empty("algorithm.terms.NAME.label"),
            ConfigBlock.empty("algorithm.terms.NAME.token-weight"),
            1);

    Options {
      Require.that(Double.isFinite(weight), "weight: %s (expected: a number)", weight);
      Require.that(
          (rows == Rows.MEMBER) != member.isEmpty(),
          "member: \"%s\" (expected: a name where rows = member, else none)",
          member);
    }
  }

  /**
   * A term.
   *
   * @param name of its block; empty for the main one
   * @param member whose responses it is over, where rows is member
   * @param tokenWeight factors of its tokens
   */
  record Term(
      String name,
      Rows rows,
      String member,
      double weight,
      Optional<TokenRule> tokenWeight,
      TermLoss loss) {
    boolean needsReference() {
      return weight != 0
          && (loss.needsReference()
              || tokenWeight
                  .map(rule -> rule.names().contains(TrainingBatch.REFERENCE))
                  .orElse(false));
    }

    boolean needsHeldReference() {
      return weight != 0 && loss.needsHeldReference();
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
    return of(experiment, TokenRules.UNOPENED);
  }

  /** The same, whose rules can read the text of tokens by {@code tokenizer}. */
  static StepTerms of(Experiment experiment, Supplier<Tokenizer> tokenizer) {
    AlgorithmOptions algorithm = experiment.algorithm();
    List<Term> more = new ArrayList<>();
    KlOptions kl = algorithm.kl();
    SelectedLoss selected = Losses.create(algorithm.loss());
    boolean policyLoss = selected instanceof SelectedLoss.OfTokens;
    if (kl.coef() > 0 && !policyLoss) {
      PolicyObjective objective =
          PolicyObjective.of(new KlOnlyLoss(), Aggregation.of(algorithm.aggregation(), 1))
              .withKl(kl.coef(), KlEstimator.of(kl.estimator()));
      more.add(
          new Term("kl", Rows.SAMPLED, "", 1, Optional.empty(), new TermLoss.OfTokens(objective)));
    }
    new TreeMap<>(algorithm.terms())
        .forEach((name, block) -> more.add(term(name, block, algorithm, policyLoss, tokenizer)));
    return new StepTerms(
        policyLoss ? Optional.empty() : Optional.of(main(selected, algorithm, tokenizer)), more);
  }

  private static Term main(
      SelectedLoss selected, AlgorithmOptions algorithm, Supplier<Tokenizer> tokenizer) {
    Optional<TokenRule> weight = TokenRules.of(algorithm.tokenWeight(), tokenizer);
    if (selected instanceof SelectedLoss.OfPairs pairs) {
      return new Term("", Rows.PAIRS, "", 1, weight, new TermLoss.OfPairs(pairs.loss()));
    }
    SelectedLoss.OfResponses responses = (SelectedLoss.OfResponses) selected;
    return new Term(
        "",
        Rows.ALL,
        "",
        1,
        weight,
        new TermLoss.OfResponses(responses.loss(), ResponseLabels.of(algorithm.responseLabel())));
  }

  private static Term term(
      String name,
      ConfigBlock block,
      AlgorithmOptions algorithm,
      boolean policyLoss,
      Supplier<Tokenizer> tokenizer) {
    Options options = block.bind(Options.DEFAULTS);
    if (policyLoss && OF_PAIRS.contains(options.rows())) {
      throw block.error(
          "rows",
          KebabCase.of(options.rows()),
          "sampled, member, data or all, because algorithm.loss.type = "
              + algorithm.loss().type().orElse("")
              + " has no pairs");
    }
    return new Term(
        name,
        options.rows(),
        options.member(),
        options.weight(),
        TokenRules.of(options.tokenWeight(), tokenizer),
        loss(
            name, block, options, policyLoss ? "only algorithm.loss has them" : "pairs have none"));
  }

  private static TermLoss loss(
      String name, ConfigBlock block, Options options, String withoutAdvantages) {
    SelectedLoss selected = Losses.create(options.loss());
    if (!(selected instanceof SelectedLoss.OfResponses) && !options.label().values().isEmpty()) {
      throw block.error(
          "label",
          options.label().type().orElse(""),
          "none, because the loss of algorithm.terms." + name + " is not over single responses");
    }
    if (selected instanceof SelectedLoss.OfPairs pairs && options.rows() == Rows.PAIRS) {
      return new TermLoss.OfPairs(pairs.loss());
    }
    if (selected instanceof SelectedLoss.OfResponses responses && options.rows() != Rows.PAIRS) {
      return new TermLoss.OfResponses(responses.loss(), ResponseLabels.of(options.label()));
    }
    if (selected instanceof SelectedLoss.OfTokens tokens && options.rows() != Rows.PAIRS) {
      if (tokens.loss().needsAdvantages() || tokens.loss().optimalValues().isPresent()) {
        throw options
            .loss()
            .error(
                "type",
                options.loss().type().orElse(""),
                "a loss without advantages such as sft, because " + withoutAdvantages);
      }
      PolicyObjective objective =
          PolicyObjective.of(tokens.loss(), Aggregation.of("token-mean", 1));
      return new TermLoss.OfTokens(objective);
    }
    throw options
        .loss()
        .error(
            "type",
            options.loss().type().orElse(""),
            options.rows() == Rows.PAIRS
                ? "a loss over pairs, because rows = pairs"
                : "a loss over tokens such as sft, or over single responses such as optimism,"
                    + " because rows are single responses");
  }

  /** The block of the loss of the term {@code name}. */
  static ConfigBlock lossOf(AlgorithmOptions algorithm, String name) {
    return Objects.requireNonNull(algorithm.terms().get(name), name).bind(Options.DEFAULTS).loss();
  }

  /** The type of the labels of the term {@code name}. */
  static String labelOf(AlgorithmOptions algorithm, String name) {
    ConfigBlock block = Objects.requireNonNull(algorithm.terms().get(name), name);
    return block.bind(Options.DEFAULTS).label().type().orElse("all");
  }

  /** The main term, if there is one, and those of a weight other than 0. */
  List<Term> counted() {
    return Stream.concat(main.stream(), more.stream().filter(term -> term.weight() != 0)).toList();
  }

  boolean needsReference() {
    return counted().stream().anyMatch(Term::needsReference);
  }

  /** Whether a term needs more of the reference than log-probabilities of the responses. */
  boolean needsHeldReference() {
    boolean views = counted().stream().anyMatch(term -> term.loss().usesViews());
    return counted().stream().anyMatch(Term::needsHeldReference) || (views && needsReference());
  }

  /** Whether a term is over a third response of each pair. */
  boolean needsGold() {
    return counted().stream()
        .anyMatch(
            term ->
                term.loss() instanceof TermLoss.OfPairs pairs
                    && pairs.loss().nllOf() == PreferenceLoss.NllOf.GOLD
                    && pairs.loss().nllCoef() != 0);
  }

  /** Whether tokens have weights in a term. */
  boolean weighsTokens() {
    return counted().stream().anyMatch(term -> term.tokenWeight().isPresent());
  }

  /** Whether the KL of tokens has weights in a term over pairs. */
  boolean weighsKl() {
    return counted().stream()
        .anyMatch(
            term ->
                term.loss() instanceof TermLoss.OfPairs pairs
                    && pairs.loss().columns().contains(PairColumn.KL_WEIGHT_CHOSEN));
  }

  /** Names of the numbers that the weights of tokens are made of. */
  Set<String> names() {
    Set<String> names = new TreeSet<>();
    counted().forEach(term -> term.tokenWeight().ifPresent(rule -> names.addAll(rule.names())));
    return names;
  }

  /** Whether a term needs the KL of the reference over the vocabulary. */
  boolean usesVocabulary() {
    return counted().stream().anyMatch(term -> term.loss().usesVocabulary());
  }

  /** Whether the responses of an update share a number that is computed before its loss. */
  boolean sharesNumbers() {
    return counted().stream()
        .anyMatch(
            term ->
                term.loss() instanceof TermLoss.OfResponses responses
                    && responses.loss().couplingRows() != ResponseLoss.CouplingRows.NONE);
  }

  /** Whether all rows of an update must share a microbatch. */
  boolean coupled() {
    return counted().stream().anyMatch(term -> term.loss().coupled());
  }
}
