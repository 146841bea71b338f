package dev.kelpie.learner;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.learner.optimizer.AdamW;
import dev.kelpie.learner.optimizer.GradientClip;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.ModelPasses;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Forward;
import dev.kelpie.model.Parameters;
import dev.kelpie.model.SequenceBatch;
import dev.kelpie.model.VocabularyStatistics;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.ThreadLanes;
import dev.kelpie.tensors.TrainingScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** A model with its optimiser: makes one optimiser step from the microbatches of a minibatch. */
public final class TrainedModel implements AutoCloseable {
  /** A loss of a microbatch with its backward pass. */
  @FunctionalInterface
  public interface Objective {
    /**
     * Calls {@code forward}'s backward once and returns what it measured.
     *
     * @param scope owns everything made for this microbatch
     */
    Metrics learn(Forward forward, Microbatch batch, TrainingScope scope);
  }

  private static final long MOST_MICROBATCHES = 1L << 24; // of a step

  private final String name;
  private final CausalLm model;
  private final AdamW optimizer;
  private final GradientClip clip;
  private final ThreadLanes lanes;
  private int microbatches; // of the step that is under way

  /**
   * Takes over {@code model}.
   *
   * @param name first part of the metrics' names: policy, value or reward_model
   * @param lanes threads of its passes; the caller closes them
   */
  public TrainedModel(String name, CausalLm model, LearnerOptions options, ThreadLanes lanes) {
    this.name = name;
    this.model = model;
    model.multiplyIn(options.precision());
    this.optimizer =
        AdamW.of(
            model.parameters().layout(),
            new AdamW.Options(
                options.beta1(), options.beta2(), options.epsilon(), options.weightDecay()));
    this.clip = new GradientClip(options.maxGradNorm());
    this.lanes = lanes;
  }

  /** The model; closed with this. */
  public CausalLm model() {
    return model;
  }

  /** Its optimiser; closed with this. */
  public AdamW optimizer() {
    return optimizer;
  }

  /**
   * One optimiser step.
   *
   * @param temperature logits are divided by it
   * @param rate the learning rate
   * @return the objective's metrics, {@code NAME/grad_norm} (before clipping) and {@code NAME/lr}
   * @throws NonFiniteException when the loss or the gradient is not finite; nothing has changed
   */
  public Map<String, Double> step(
      List<Microbatch> batches, double temperature, double rate, Objective objective) {
    return step(batches, temperature, rate, Optional.empty(), objective);
  }

  /**
   * The same, whose passes have the KL of another model to this one over the vocabulary.
   *
   * @param other of the same vocabulary
   */
  Map<String, Double> step(
      List<Microbatch> batches,
      double temperature,
      double rate,
      Optional<CausalLm> other,
      Objective objective) {
    Metrics metrics = new Metrics();
    microbatches = 0;
    try {
      lanes
          .rounds(batches)
          .forEach(round -> metrics.merge(learn(round, temperature, other, objective)));
      Parameters gradients =
          model.gradients().orElseThrow(() -> new IllegalStateException("no microbatch to learn"));
      double norm = requireFinite(optimizer.norm(gradients));
      optimizer.update(model.parameters(), gradients, clip.factor(norm), rate);
      Map<String, Double> values = new LinkedHashMap<>(metrics.values());
      values.put(name + "/grad_norm", norm);
      values.put(name + "/lr", rate);
      return values;
    } finally {
      model.clearGradients();
    }
  }

  /** One of several objectives that are combined, with its microbatches. */
  public record Part(List<Microbatch> batches, Objective objective) {
    public Part {
      batches = List.copyOf(batches);
    }
  }

  /**
   * What the parts of a combined step measured.
   *
   * @param metrics of each part
   * @param weights of their gradients, which add up to 1
   * @param products of the combined gradient with that of each part
   * @param norm of the combined gradient, before clipping
   */
  public record Combined(
      List<Map<String, Double>> metrics, List<Double> weights, List<Double> products, double norm) {
    public Combined {
      metrics = List.copyOf(metrics);
      weights = List.copyOf(weights);
      products = List.copyOf(products);
    }
  }

  /**
   * One optimiser step by a combination of the gradients of several objectives. Each of them takes
   * the memory of a gradient.
   *
   * @param combine the weights of the gradients, from their products with each other
   * @throws NonFiniteException when a loss or a gradient is not finite; nothing has changed
   */
  public Combined combine(List<Part> parts, double rate, Function<double[][], double[]> combine) {
    List<Map<String, Double>> metrics = new ArrayList<>();
    microbatches = 0;
    try (InferenceScope scope = InferenceScope.open()) {
      List<NDArray> gradients = new ArrayList<>();
      for (Part part : parts) {
        Metrics own = gradients(part);
        NDArray flat = model.gradients().orElseThrow().flat(); // [size]
        gradients.add(copy(flat, scope));
        model.clearGradients();
        metrics.add(own.values());
      }
      double[][] products = products(gradients);
      double[] weights = combine.apply(products);
      try (Parameters sum = Parameters.zeros(model.parameters().layout())) {
        for (int i = 0; i < weights.length; i++) {
          sum.flat().addi(mul(gradients.get(i), (float) weights[i])); // [size]
        }
        double norm = requireFinite(optimizer.norm(sum));
        List<Double> own = new ArrayList<>();
        for (NDArray gradient : gradients) {
          own.add((double) gradient.dot(sum.flat()).getFloat());
        }
        optimizer.update(model.parameters(), sum, clip.factor(norm), rate);
        return new Combined(metrics, Arrays.stream(weights).boxed().toList(), own, norm);
      }
    } finally {
      model.clearGradients();
    }
  }

  /**
   * One optimiser step by the gradient at other weights: those that a step of plain gradient ascent
   * by another objective leads to. The weights themselves are back before the optimiser moves them.
   * Takes the memory of three more models.
   *
   * @param inner what is raised first
   * @param innerRate the learning rate of that
   * @param moved called at the other weights, before the gradient
   * @param outer what is minimised there
   * @throws NonFiniteException when a loss or a gradient is not finite; nothing has changed
   */
  public Map<String, Double> stepAhead(
      Part inner, double innerRate, Runnable moved, Part outer, double rate) {
    microbatches = 0;
    try (InferenceScope scope = InferenceScope.open()) {
      Metrics metrics = gradients(inner);
      Parameters ascent = model.gradients().orElseThrow();
      requireFinite(optimizer.norm(ascent)); // the weights can be restored
      NDArray before = copy(model.parameters().flat(), scope); // [size]
      NDArray move = mul(copy(ascent.flat(), scope), (float) innerRate); // [size]
      model.clearGradients();
      model.parameters().flat().addi(move);
      try {
        moved.run();
        metrics.merge(gradients(outer));
      } finally {
        NDArray weights = model.parameters().flat(); // [size]
        weights.subi(weights).addi(before); // exactly, other than by taking the move back
      }
      Parameters gradients = model.gradients().orElseThrow();
      double norm = requireFinite(optimizer.norm(gradients));
      optimizer.update(model.parameters(), gradients, clip.factor(norm), rate);
      Map<String, Double> values = new LinkedHashMap<>(metrics.values());
      values.put(name + "/grad_norm", norm);
      values.put(name + "/lr", rate);
      return values;
    } finally {
      model.clearGradients();
    }
  }

  private static NDArray copy(NDArray flat, InferenceScope scope) {
    return scope.manager().zeros(flat.getShape()).addi(flat); // [size]
  }

  private Metrics gradients(Part part) {
    Metrics metrics = new Metrics();
    lanes
        .rounds(part.batches)
        .forEach(round -> metrics.merge(learn(round, 1, Optional.empty(), part.objective)));
    return metrics;
  }

  private double requireFinite(double norm) {
    if (!Double.isFinite(norm)) {
      throw new NonFiniteException(name + "/grad_norm: " + norm + " (expected: finite)");
    }
    return norm;
  }

  private double[][] products(List<NDArray> gradients) {
    double[][] products = new double[gradients.size()][gradients.size()];
    for (int i = 0; i < products.length; i++) {
      for (int j = 0; j <= i; j++) {
        products[i][j] = gradients.get(i).dot(gradients.get(j)).getFloat();
        products[j][i] = products[i][j];
        if (!Double.isFinite(products[i][j])) {
          throw new NonFiniteException(
              name + "/grad_norm: " + products[i][j] + " (expected: finite)");
        }
      }
    }
    return products;
  }

  /**
   * Runs the forward passes in parallel, their losses one after the other, the backward passes in
   * parallel. The masks of dropout depend on the optimiser's step and the microbatch's place in it.
   */
  private Metrics learn(
      List<Microbatch> round, double temperature, Optional<CausalLm> other, Objective objective) {
    Metrics metrics = new Metrics();
    long mask = optimizer.step() * MOST_MICROBATCHES + microbatches;
    microbatches += round.size();
    List<InferenceScope> tapes = round.stream().map(batch -> InferenceScope.open()).toList();
    try (TrainingScope scope = TrainingScope.open()) {
      List<Forward> forwards =
          lanes.callAll(
              round.size(),
              lane -> {
                SequenceBatch batch = round.get(lane).sequences();
                InferenceScope tape = tapes.get(lane);
                return model
                    .forward(
                        batch,
                        temperature,
                        other.map(given -> given.nextTokens(batch, tape)),
                        OptionalLong.of(mask + lane),
                        tape,
                        lane)
                    .later();
              });
      for (int lane = 0; lane < round.size(); lane++) {
        metrics.merge(objective.learn(forwards.get(lane), round.get(lane), scope));
      }
      lanes.callAll(
          round.size(),
          lane -> {
            forwards.get(lane).propagate();
            return true;
          });
    } finally {
      tapes.forEach(InferenceScope::close);
    }
    return metrics;
  }

  /**
   * Forward passes without gradients; {@code sink} gets each microbatch with its pass, in order.
   *
   * @param temperature logits are divided by it
   */
  void score(List<Microbatch> batches, double temperature, BiConsumer<Microbatch, Forward> sink) {
    ModelPasses.score(lanes, model, batches, temperature, sink);
  }

  /**
   * Statistics of the distributions of response tokens; {@code sink} gets each microbatch with its
   * own, in order.
   */
  void statistics(
      List<Microbatch> batches,
      double temperature,
      BiConsumer<Microbatch, VocabularyStatistics> sink) {
    for (Microbatch batch : batches) {
      try (InferenceScope scope = InferenceScope.open()) {
        sink.accept(batch, model.statistics(batch.sequences(), temperature, scope));
      }
    }
  }

  @Override
  public void close() {
    optimizer.close();
    model.close();
  }
}
