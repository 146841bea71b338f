package dev.kelpie.learner;

import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.label.Labelling;
import dev.kelpie.algorithms.pairing.PairSelection;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.TrainedPair;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The update by a loss over pairs: the selected responses of the step are paired and labelled;
 * then, for every epoch and minibatch of whole groups, the loss and the experiment's further terms,
 * backward pass and optimiser step. A step without a row of any term leaves the weights as they
 * are.
 *
 * <p>Log-probabilities are those of the untempered model, as the papers define them, whatever
 * temperature the responses were sampled at.
 */
final class PairwiseUpdate implements StepUpdate {
  /** The temperature of the log-probabilities that losses over pairs compare. */
  static final double TEMPERATURE = 1;

  private final Experiment experiment;
  private final TrainedModel policy;
  private final Collator collator;
  private final StepTerms terms;
  private final PairSelection selection;
  private final Labelling labelling;

  /** An update of {@code policy}, which it does not own. */
  PairwiseUpdate(Experiment experiment, TrainedModel policy, Collator collator) {
    this.experiment = experiment;
    this.policy = policy;
    this.collator = collator;
    AlgorithmOptions algorithm = experiment.algorithm();
    this.terms = StepTerms.of(experiment);
    this.selection = PairSelection.of(algorithm.pairing());
    this.labelling = Labelling.of(algorithm.label(), algorithm.weight(), algorithm.margin());
  }

  @Override
  public List<TrainedPair> train(long step, PolicyVersion version, StepRows rows, StepReport report)
      throws Exception {
    long seed = experiment.run().seed();
    StepPairs pairs = StepPairs.of(rows, selection, labelling, seed, step);
    report.pairs(pairs, rows);
    Set<Integer> used = terms.rows(rows, pairs);
    if (used.isEmpty()) {
      return List.of();
    }
    MinibatchOrder order = new MinibatchOrder(seed, experiment.learner().minibatches());
    List<List<Integer>> first = order.ofWholeGroups(rows, used, step, 0);
    report.timed("old_logprob", () -> scoreOld(rows, first));
    double rate = LearningRate.of(experiment, experiment.learner().learningRate(), step);
    for (int epoch = 0; epoch < experiment.learner().epochs(); epoch++) {
      for (List<Integer> minibatch : order.ofWholeGroups(rows, used, step, epoch)) {
        StepObjective objective = terms.objective(rows, pairs, minibatch);
        List<Microbatch> batches = collator.microbatches(items(rows, minibatch));
        report.update(
            report.timed(
                "update_policy", () -> policy.step(batches, TEMPERATURE, rate, objective)));
      }
    }
    return pairs.recorded(rows);
  }

  /** A loss that couples all pairs of an update needs them in one microbatch. */
  private List<Collator.Item> items(StepRows rows, List<Integer> minibatch) {
    return terms.coupled() ? rows.inOne(minibatch) : rows.wholeGroups(minibatch);
  }

  /** Log-probabilities, before the step, of the rows that the first update does not provide. */
  private boolean scoreOld(StepRows rows, List<List<Integer>> minibatches) {
    List<Integer> later = minibatches.stream().skip(1).flatMap(List::stream).toList();
    policy.score(
        collator.microbatches(rows.items(later)),
        TEMPERATURE,
        (batch, pass) -> rows.putMissing(Column.OLD_LOGPROBS, batch, pass.logprobs()));
    return true;
  }

  @Override
  public Map<String, Double> carried() {
    return Map.of();
  }

  @Override
  public void restoreCarried(Map<String, Double> numbers) {}

  @Override
  public double klCoefficient() {
    return 0;
  }

  @Override
  public void restoreKl(double coefficient) {}
}
