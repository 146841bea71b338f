package dev.kelpie.learner;

import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.label.Labelling;
import dev.kelpie.algorithms.pairing.PairSelection;
import dev.kelpie.algorithms.preference.Coupling;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.people.PeopleOptions;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.learner.optimizer.LearningRate;
import dev.kelpie.learner.people.AnnotationRouter;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.MinibatchOrder;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.token.TokenChannel;
import dev.kelpie.model.CausalLm;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The update by a loss over pairs or over single labelled responses: the selected responses of the
 * step are paired or labelled; then, for every epoch and minibatch of whole groups, the loss and
 * the experiment's further terms, backward pass and optimiser step. A step without a row of any
 * term leaves the weights as they are.
 *
 * <p>Log-probabilities are those of the untempered model, as the papers define them, whatever
 * temperature the responses were sampled at.
 */
public final class PairwiseUpdate implements StepUpdate {
  /** The temperature of the log-probabilities that losses over pairs compare. */
  public static final double TEMPERATURE = 1;

  private final Experiment experiment;
  private final TrainedModel policy;
  private final Collator collator;
  private final TokenChannel channel;
  private final StepTerms terms;
  private final Optional<PairSelection> selection;
  private final Labelling labelling;
  private final Optional<PeoplePairs> people;
  private final Optional<PairSides> sides;
  private final Optional<HeldReference> reference;
  private final Couplings couplings;

  /**
   * An update of {@code policy}, which it does not own.
   *
   * @param reference the reference, where the losses need more of it than log-probabilities; the
   *     caller closes it
   * @param channel numbers of single tokens; the caller closes it
   */
  PairwiseUpdate(
      Experiment experiment,
      TrainedModel policy,
      Collator collator,
      Optional<HeldReference> reference,
      TokenChannel channel) {
    this.experiment = experiment;
    this.policy = policy;
    this.collator = collator;
    this.reference = reference;
    AlgorithmOptions algorithm = experiment.algorithm();
    this.channel = channel;
    this.terms = StepTerms.of(experiment, channel.tokenizers());
    this.selection =
        algorithm.pairs() ? Optional.of(PairSelection.of(algorithm.pairing())) : Optional.empty();
    this.labelling = Labelling.of(algorithm.label(), algorithm.weight(), algorithm.margin());
    this.sides = selection.map(made -> new PairSides(experiment, made.rules()));
    this.people = PeopleOptions.of(experiment).map(options -> new PeoplePairs(options, algorithm));
    this.couplings = new Couplings(policy, collator, reference);
  }

  @Override
  public Result train(TrainingBatch batch, PolicyVersion version, StepRows rows, StepReport report)
      throws Exception {
    long step = batch.step();
    long seed = experiment.run().seed();
    PeoplePairs.Made proposed = made(batch, rows);
    StepPairs paired = proposed.pairs();
    StepPairs pairs = sides.isPresent() ? sides.get().of(rows, paired) : paired;
    StepPlan made = StepPlan.of(terms, rows, pairs, channel.tokenizers());
    if (selection.isPresent()) {
      report.pairs(pairs, rows);
      people.ifPresent(label -> report.unpaired(pairs, rows, step));
    } else {
      report.labels(made.labels(terms.main().orElseThrow()), rows);
    }
    Set<Integer> used = made.used();
    if (used.isEmpty()) {
      return new Result(List.of(), proposed.asked());
    }
    if (reference.isPresent()) {
      report.timed("reference", () -> scoreReference(rows, used));
    }
    if (terms.weighsTokens() || channel.isUsed()) {
      report.timed("token_numbers", () -> scoreNumbers(rows, used));
    }
    StepPlan plan = made.weighted();
    MinibatchOrder order = new MinibatchOrder(seed, experiment.learner().minibatches());
    List<List<Integer>> first = order.ofWholeGroups(rows, used, step, 0);
    report.timed("old_logprob", () -> scoreOld(rows, first));
    double rate = LearningRate.of(experiment, experiment.learner().learningRate(), step);
    for (int epoch = 0; epoch < experiment.learner().epochs(); epoch++) {
      for (List<Integer> minibatch : order.ofWholeGroups(rows, used, step, epoch)) {
        Map<String, Coupling> coupled =
            terms.sharesNumbers()
                ? report.timed("coupling", () -> couplings.of(plan, minibatch))
                : Map.of();
        StepObjective objective = plan.objective(minibatch, coupled);
        List<Microbatch> batches = collator.microbatches(items(rows, minibatch));
        report.update(
            report.timed(
                "update_policy",
                () -> policy.step(batches, TEMPERATURE, rate, vocabulary(), objective)));
        coupled.forEach((name, shared) -> report.update(metric(name, shared)));
      }
    }
    report.pairedKl(pairs, rows);
    return new Result(pairs.recorded(rows), proposed.asked());
  }

  /** The step's pairs, and those that people are asked about. */
  private PeoplePairs.Made made(TrainingBatch batch, StepRows rows) {
    long seed = experiment.run().seed();
    if (selection.isEmpty()) {
      return new PeoplePairs.Made(new StepPairs(List.of(), ""), List.of());
    }
    if (people.isPresent()) {
      return people.get().of(rows, batch, selection.get(), seed);
    }
    return new PeoplePairs.Made(
        StepPairs.of(rows, selection.get(), labelling, terms.needsGold(), seed), List.of());
  }

  private static Map<String, Double> metric(String term, Coupling coupling) {
    return Map.of(
        term.isEmpty() ? "preference/shift" : "policy/terms/" + term + "/shift", coupling.shift());
  }

  /** The reference where a term compares whole distributions with it. */
  private Optional<CausalLm> vocabulary() {
    return terms.usesVocabulary() ? reference.map(HeldReference::model) : Optional.empty();
  }

  /** The numbers of the policy before the step that weights of tokens are made of. */
  private boolean scoreNumbers(StepRows rows, Set<Integer> used) {
    Set<String> names = new TreeSet<>(terms.names());
    names.addAll(channel.names());
    List<Microbatch> batches = collator.microbatches(rows.pieces().wholeGroups(List.copyOf(used)));
    if (names.contains(StepRows.POLICY)) {
      policy.score(
          batches,
          TEMPERATURE,
          (batch, pass) -> rows.putMissing(Column.OLD_LOGPROBS, batch, pass.logprobs()));
    }
    VocabularyNumbers.fill(names, policy, batches, TEMPERATURE, rows);
    channel.fillKl(rows, used);
    return true;
  }

  private boolean scoreReference(StepRows rows, Set<Integer> used) {
    reference.orElseThrow().score(rows, used);
    return true;
  }

  /** A loss that couples all pairs of an update needs them in one microbatch. */
  private List<Collator.Item> items(StepRows rows, List<Integer> minibatch) {
    return terms.coupled() ? rows.pieces().inOne(minibatch) : rows.pieces().wholeGroups(minibatch);
  }

  /** Log-probabilities, before the step, of the rows that the first update does not provide. */
  private boolean scoreOld(StepRows rows, List<List<Integer>> minibatches) {
    List<Integer> later = minibatches.stream().skip(1).flatMap(List::stream).toList();
    policy.score(
        collator.microbatches(rows.pieces().items(later)),
        TEMPERATURE,
        (batch, pass) -> rows.putMissing(Column.OLD_LOGPROBS, batch, pass.logprobs()));
    return true;
  }

  @Override
  public double klCoefficient() {
    return 0;
  }

  @Override
  public void restoreKl(double coefficient) {}

  @Override
  public Map<String, Double> carried() {
    Map<String, Double> numbers = new HashMap<>(couplings.carried());
    people.ifPresent(pairs -> numbers.putAll(pairs.carried()));
    return numbers;
  }

  @Override
  public void restoreCarried(Map<String, Double> numbers) {
    Map<String, Double> own = new HashMap<>(numbers);
    own.keySet().removeIf(name -> name.startsWith(AnnotationRouter.SUMS));
    couplings.restore(own);
    people.ifPresent(pairs -> pairs.restore(numbers));
  }

  @Override
  public void published(WeightSnapshot policyNow) {
    reference.ifPresent(held -> held.observe(policyNow));
  }

  @Override
  public void save(Path folder) {
    reference.ifPresent(held -> held.save(folder));
  }

  @Override
  public void restore(Path folder) {
    reference.ifPresent(held -> held.restore(folder));
  }
}
