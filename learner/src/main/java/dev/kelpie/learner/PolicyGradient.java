package dev.kelpie.learner;

import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.EntropyController;
import dev.kelpie.algorithms.KlController;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.loss.policy.OptimalValues;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.algorithms.loss.value.ValueObjective;
import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.EntropyOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.learner.optimizer.LearningRate;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.MinibatchOrder;
import dev.kelpie.learner.rows.StepRow;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.rows.StepTemperature;
import dev.kelpie.learner.shaping.Constraints;
import dev.kelpie.learner.shaping.RewardShaping;
import dev.kelpie.learner.token.TokenChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The update by a policy loss and the experiment's further terms: scoring, credit, then for every
 * epoch and minibatch loss, backward pass and optimiser step.
 *
 * <p>The ratio's old log-probabilities are those of the weights at the start of the step,
 * recomputed here; tokens drawn by an older version keep those the rollout reported, unless an
 * off-policy correction, or the loss itself, weighs them, or iterations decide the version.
 */
final class PolicyGradient implements StepUpdate {
  private static final String ENTROPY_COEFFICIENT = "entropy/coefficient";
  private static final String ENTROPY = "entropy/last";

  private final Experiment experiment;
  private final TrainedModel policy;
  private final Optional<ValueModel> critic;
  private final Optional<ProcessRewardModel> processReward;
  private final Collator collator;
  private final PolicyObjective objective;
  private final Optional<ValueObjective> sharedValues;
  private final Optional<CreditAssignment> credit;
  private final TokenChannel channel;
  private final Optional<HeldReference> reference;
  private final StepTerms terms;
  private final Constraints constraints;
  private KlController klController;
  private EntropyController entropyController;

  /**
   * An update of {@code policy}, and of the other models if there are any; owns none.
   *
   * @param reference the reference, where the learner holds it
   */
  PolicyGradient(
      Experiment experiment,
      TrainedModel policy,
      Optional<ValueModel> critic,
      Optional<ProcessRewardModel> processReward,
      Collator collator,
      TokenChannel channel,
      Optional<HeldReference> reference) {
    this.channel = channel;
    this.reference = reference;
    this.terms = StepTerms.of(experiment, channel.tokenizers());
    this.experiment = experiment;
    this.policy = policy;
    this.critic = critic;
    this.processReward = processReward;
    this.collator = collator;
    AlgorithmOptions algorithm = experiment.algorithm();
    this.objective = PolicyObjective.of(algorithm, experiment.rollout().maxNewTokens());
    this.constraints = Constraints.of(algorithm.constraints());
    EntropyOptions entropy = algorithm.entropy();
    this.entropyController =
        EntropyController.start(
            algorithm.entropyCoef(),
            entropy.target(),
            entropy.delta(),
            entropy.min(),
            entropy.max());
    this.credit =
        algorithm.advantage().type().isEmpty()
            ? Optional.empty()
            : Optional.of(
                new CreditAssignment(
                    AdvantageEstimators.catalog().create(algorithm.advantage()),
                    RewardShaping.of(experiment, constraints)));
    this.klController =
        new KlController(algorithm.kl().coef(), algorithm.kl().target(), algorithm.kl().horizon());
    this.sharedValues =
        experiment.value().kind() == ValueOptions.Kind.SHARED
            ? Optional.of(ValueObjective.of(experiment))
            : Optional.empty();
  }

  @Override
  public Result train(TrainingBatch batch, PolicyVersion version, StepRows rows, StepReport report)
      throws Exception {
    long step = batch.step();
    List<Integer> trained = rows.trained();
    if (trained.isEmpty()) {
      return Result.NONE;
    }
    MinibatchOrder order =
        new MinibatchOrder(experiment.run().seed(), experiment.learner().minibatches());
    StepPlan made = StepPlan.of(terms, rows, new StepPairs(List.of(), ""), channel.tokenizers());
    List<Integer> beside = made.used().stream().filter(rows::isBeside).toList();
    List<List<Integer>> first = order.of(rows, trained, beside, step, 0);
    report.timed("old_logprob", () -> scoreOld(version, rows, beside, first));
    if (reference.isPresent()) {
      report.timed("reference", () -> scoreReference(rows, beside));
    }
    report.timed("values", () -> scoreValues(rows));
    if (channel.isUsed() || needsSquares() || terms.weighsTokens()) {
      report.timed("token_numbers", () -> scoreNumbers(rows, beside));
    }
    Optional<double[][]> processRewards = processRewards(step, rows, report);
    StepPlan plan = made.weighted();
    double kl = report.timed("adv", () -> assignCredit(rows, processRewards, report));
    objective.loss().optimalValues().ifPresent(optimal -> putOptimalValues(rows, optimal));
    for (int epoch = 0; epoch < experiment.learner().epochs(); epoch++) {
      for (List<Integer> minibatch : order.of(rows, trained, beside, step, epoch)) {
        update(step, plan, minibatch, report);
      }
    }
    report.put("kl/coef", klController.coefficient());
    constraints
        .update(rows.rows().stream().map(row -> row.scored().score()).toList())
        .forEach(report::put);
    steer(kl, rows, report);
    return Result.NONE;
  }

  /** Old log-probabilities of all rows that the first update does not provide itself. */
  private boolean scoreOld(
      PolicyVersion version, StepRows rows, List<Integer> beside, List<List<Integer>> minibatches) {
    boolean corrected = objective.correction().isPresent() || objective.loss().needsProximal();
    for (int i = 0; i < rows.rows().size(); i++) {
      Trajectory trajectory = rows.row(i).trajectory();
      boolean old = !trajectory.versions().oldest(version).equals(version);
      if (!corrected && old && !experiment.iterations().used()) {
        rows.put(Column.OLD_LOGPROBS, i, trajectory.rolloutLogprobs());
      }
    }
    boolean all =
        klInReward()
            || sharedValues.isPresent()
            || needsSquares()
            || channel.names().contains(StepRows.POLICY)
            || terms.names().contains(StepRows.POLICY);
    List<Integer> wanted =
        all ? all(rows, beside) : minibatches.stream().skip(1).flatMap(List::stream).toList();
    policy.score(
        collator.microbatches(rows.pieces().items(wanted)),
        StepTemperature.of(rows),
        (batch, pass) -> {
          rows.putMissing(Column.OLD_LOGPROBS, batch, pass.logprobs());
          if (sharedValues.isPresent()) {
            rows.putMissing(Column.OLD_VALUES, batch, pass.values());
          }
        });
    return true;
  }

  private boolean scoreReference(StepRows rows, List<Integer> beside) {
    reference.orElseThrow().score(rows, all(rows, beside), StepTemperature.of(rows));
    return true;
  }

  /** Numbers of single tokens: weights, and what {@link CreditAssignment} adds to rewards. */
  private boolean scoreNumbers(StepRows rows, List<Integer> beside) {
    Set<String> names = new HashSet<>(channel.names());
    names.addAll(terms.names());
    if (needsSquares()) {
      names.add(StepRows.SQUARES);
    }
    VocabularyNumbers.fill(
        names,
        policy,
        collator.microbatches(rows.pieces().items(all(rows, beside))),
        StepTemperature.of(rows),
        rows);
    if (channel.isUsed()) {
      channel.fill(rows);
      channel.rewards(rows).ifPresent(rows::giveRewards);
    }
    return true;
  }

  /** The rows of the policy loss and those {@code beside} them. */
  private static List<Integer> all(StepRows rows, List<Integer> beside) {
    return Stream.concat(IntStream.range(0, rows.rows().size()).boxed(), beside.stream()).toList();
  }

  private boolean needsSquares() {
    return credit.filter(assignment -> assignment.estimator().needsSquares()).isPresent();
  }

  private boolean scoreValues(StepRows rows) {
    List<Integer> all = IntStream.range(0, rows.rows().size()).boxed().toList();
    critic.ifPresent(model -> model.score(rows, collator.microbatches(rows.pieces().items(all))));
    return true;
  }

  /** Trains the process reward model, if there is one; its rewards of the tokens [B][R]. */
  private Optional<double[][]> processRewards(long step, StepRows rows, StepReport report)
      throws Exception {
    if (processReward.isEmpty()) {
      return Optional.empty();
    }
    double rate = rate(experiment.processReward().learningRate(), step);
    return Optional.of(processReward.get().learn(rows, rate, report));
  }

  /** Returns the mean KL to the reference per response where the reward carries it, else NaN. */
  private double assignCredit(
      StepRows rows, Optional<double[][]> processRewards, StepReport report) {
    double perResponse = Double.NaN;
    if (credit.isEmpty()) {
      return perResponse;
    }
    if (klInReward()) {
      double[][] kl = CreditAssignment.kl(rows, objective.kl());
      double sum = 0;
      double tokens = 0;
      for (double[] row : kl) {
        for (double token : row) {
          sum += token;
        }
        tokens += row.length;
      }
      perResponse = sum / kl.length;
      report.put("kl/ref_" + experiment.algorithm().kl().estimator(), sum / tokens);
      credit.get().assign(rows, processRewards, kl, klController.coefficient());
    } else {
      credit.get().assign(rows, processRewards);
    }
    report.credit(rows, critic.isPresent() || sharedValues.isPresent());
    return perResponse;
  }

  private void update(long step, StepPlan plan, List<Integer> minibatch, StepReport report)
      throws Exception {
    StepRows rows = plan.rows();
    Map<Boolean, List<Integer>> split =
        minibatch.stream().collect(Collectors.partitioningBy(rows::isBeside));
    List<Integer> own = Objects.requireNonNull(split.get(false));
    List<Integer> beside = Objects.requireNonNull(split.get(true));
    List<Microbatch> batches = collator.microbatches(rows.pieces().items(own));
    Denominators denominators = rows.pieces().denominators(own);
    boolean warming =
        step <= experiment.value().warmupSteps()
            && experiment.value().kind() != ValueOptions.Kind.NONE;
    if (!warming || sharedValues.isPresent()) {
      Optional<PolicyObjective> loss = warming ? Optional.empty() : Optional.of(currentObjective());
      List<Microbatch> learntFrom = new ArrayList<>(batches);
      if (loss.isPresent()) {
        learntFrom.addAll(collator.microbatches(rows.pieces().items(beside)));
      }
      PolicyUpdate learnt =
          new PolicyUpdate(
              rows,
              denominators,
              loss,
              sharedValues,
              loss.isPresent() ? plan.weighted(minibatch, Map.of()) : List.of());
      double rate = rate(experiment.learner().learningRate(), step);
      Map<String, Double> numbers =
          report.timed(
              "update_policy",
              () -> policy.step(learntFrom, StepTemperature.of(rows), rate, learnt));
      report.update(numbers);
      if (entropyController.adaptive() && loss.isPresent()) {
        report.update(Map.of("policy/entropy_coef", entropyController.applied()));
        entropyController =
            entropyController.updated(numbers.getOrDefault("policy/entropy", Double.NaN));
      }
    }
    if (critic.isPresent()) {
      double rate = rate(experiment.value().learningRate(), step);
      report.update(
          report.timed("update_value", () -> critic.get().step(rows, denominators, batches, rate)));
    }
  }

  private static void putOptimalValues(StepRows rows, OptimalValues optimal) {
    double[] values = new double[rows.rows().size()];
    for (List<Candidate> group : rows.candidates()) {
      double[] scores = group.stream().mapToDouble(Candidate::score).toArray();
      for (Candidate member : group) {
        values[member.row()] =
            optimal.column().isEmpty()
                ? optimal.ofGroup(scores)
                : optimal.of(rows.row(member.row()).trajectory().prompt());
      }
    }
    rows.putOptimalValues(values);
  }

  private PolicyObjective currentObjective() {
    PolicyObjective current =
        objective.needsReference()
            ? objective.withKl(klController.coefficient(), objective.kl())
            : objective;
    return entropyController.adaptive()
        ? current.withEntropyBonus(entropyController.applied())
        : current;
  }

  /** Moves an adaptive KL coefficient by the mean KL per response, in nats. */
  private void steer(double klPerResponse, StepRows rows, StepReport report) {
    double kl = klPerResponse;
    if (Double.isNaN(kl) && objective.needsReference()) {
      double perToken =
          report
              .values()
              .getOrDefault("kl/ref_" + experiment.algorithm().kl().estimator(), Double.NaN);
      kl = perToken * rows.rows().stream().mapToInt(StepRow::length).average().orElse(0);
    }
    if (Double.isFinite(kl)) {
      klController = klController.updated(kl, rows.rows().size());
    }
  }

  private double rate(double peak, long step) {
    return LearningRate.of(experiment, peak, step);
  }

  private boolean klInReward() {
    KlOptions kl = experiment.algorithm().kl();
    return kl.place() == KlOptions.Place.REWARD && kl.coef() > 0;
  }

  @Override
  public double klCoefficient() {
    return klController.coefficient();
  }

  @Override
  public void restoreKl(double coefficient) {
    KlOptions kl = experiment.algorithm().kl();
    klController = new KlController(coefficient, kl.target(), kl.horizon());
  }

  @Override
  public Map<String, Double> carried() {
    Map<String, Double> carried = constraints.carried();
    if (entropyController.adaptive()) {
      carried.put(ENTROPY_COEFFICIENT, entropyController.coefficient());
      if (Double.isFinite(entropyController.entropy())) {
        carried.put(ENTROPY, entropyController.entropy());
      }
    }
    return carried;
  }

  @Override
  public void restoreCarried(Map<String, Double> numbers) {
    constraints.restore(numbers);
    entropyController =
        entropyController.with(
            numbers.getOrDefault(ENTROPY_COEFFICIENT, entropyController.coefficient()),
            numbers.getOrDefault(ENTROPY, entropyController.entropy()));
  }
}
