package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.LearnerOptions.Precision;
import dev.kelpie.config.Require;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.adapter.AdapterConfig;
import dev.kelpie.model.adapter.AdapterDropout;
import dev.kelpie.model.adapter.AdapterModules;
import dev.kelpie.model.adapter.AdapterTensors;
import dev.kelpie.model.adapter.AdapterWeights;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.training.TrainCalls;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.Shapes;
import dev.kelpie.tensors.TensorScope;
import dev.kelpie.tensors.TorchScript;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * A decoder for scoring and training, dense, its parameters and gradients in float32: one call
 * across JNI runs a whole forward pass, another one the backward pass. Gradients exist from the
 * first backward pass to {@link #clearGradients}.
 *
 * <p>All calls come from one native thread, but for passes of different lanes: each lane adds up
 * gradients of its own, and may have a native thread of its own.
 */
public final class CausalLm implements AutoCloseable {
  private final ModelConfig config;
  private final Heads heads;
  private final Parameters parameters;
  private final TorchScript script;
  private final boolean ownsScript;
  private final InferenceScope owner;
  private final TrainCalls calls;
  private final LaneGradients gradients;
  private final Optional<CausalLm> base; // frozen; of a model with an adapter
  private final double scale; // of the adapter
  private final String baseHash;

  private CausalLm(ModelConfig config, Heads heads, TorchScript script, boolean ownsScript) {
    this.config = config;
    this.heads = heads;
    this.parameters = Parameters.zeros(ParameterLayout.of(config, heads));
    this.script = script;
    this.ownsScript = ownsScript;
    this.owner = InferenceScope.open();
    float[] inverse = config.rope().inverseFrequencies(config.headSize());
    this.calls =
        new TrainCalls(
            script,
            views(parameters, owner),
            owner.floats(inverse, inverse.length), // [C / 2]
            DecoderShape.of(config),
            DecoderShape.numbers(config));
    this.gradients = new LaneGradients(parameters.layout(), this::views);
    this.base = Optional.empty();
    this.scale = 1;
    this.baseHash = "";
    owner.cap();
  }

  private CausalLm(CausalLm base, AdapterConfig adapter, long seed, String hash) {
    this.config = base.config;
    this.heads = base.heads;
    AdapterModules modules = AdapterModules.of(config, adapter);
    long values = heads.value() ? config.hiddenSize() : 0;
    this.parameters = Parameters.zeros(ParameterLayout.of(modules, values));
    this.script = base.script;
    this.ownsScript = false;
    this.owner = InferenceScope.open();
    this.calls =
        base.calls.withAdapter(
            views(parameters, owner),
            owner.floats(new float[] {(float) adapter.scale()}, 1), // [1]
            new AdapterDropout(adapter.dropout(), seed));
    int frozen = base.parameters.layout().blocks().length / 3;
    this.gradients =
        new LaneGradients(
            parameters.layout(),
            (zeros, scope) -> AdapterTensors.besideFrozen(views(zeros, scope), frozen, scope));
    this.base = Optional.of(base);
    this.scale = adapter.scale();
    this.baseHash = hash;
    owner.cap();
  }

  /** The model of a checkpoint; value heads start at 0, score heads on a language model, too. */
  public static CausalLm open(Path folder, Heads heads) {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      return of(checkpoint.config(), heads, checkpoint);
    }
  }

  /**
   * A model with the numbers of {@code weights}, which must have every parameter but those of a
   * value or score head: that one starts at 0 where it is missing.
   */
  public static CausalLm of(ModelConfig config, Heads heads, WeightSnapshot weights) {
    return of(config, heads, weights, TrainScript.load(), true);
  }

  /** The same with a script that others may share; the model closes it if it owns it. */
  static CausalLm of(
      ModelConfig config,
      Heads heads,
      WeightSnapshot weights,
      TorchScript script,
      boolean ownsScript) {
    CausalLm model = new CausalLm(config, heads, script, ownsScript);
    try {
      TreeSet<String> missing = new TreeSet<>(model.parameters.layout().shapes().keySet());
      weights.tensors().forEach(tensor -> missing.remove(tensor.name()));
      missing.removeIf(ParameterLayout::isScalarHead);
      if (!missing.isEmpty()) {
        throw CheckpointException.of(
            "%s %s: %s is missing", weights.model(), weights.version(), missing);
      }
      model.parameters.load(weights);
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** A model with fresh weights, a function of {@code seed} and the configuration alone. */
  public static CausalLm random(ModelConfig config, Heads heads, long seed) {
    return random(config, heads, seed, TrainScript.load());
  }

  /** The same with another variant of the script. */
  static CausalLm random(ModelConfig config, Heads heads, long seed, TorchScript script) {
    CausalLm model = new CausalLm(config, heads, script, true);
    RandomWeights.draw(model.parameters, config, seed);
    return model;
  }

  /**
   * This model with a low-rank adapter, which alone is trained from then on, with the modules that
   * it names and the value head, if there is one: {@link #parameters}, {@link #gradients} and
   * {@link #snapshot} are theirs. It takes this model over. The adapter changes nothing at first: B
   * is 0, and A uniform as PEFT draws it, by {@code seed}.
   *
   * @param seed of A, and of the masks of its dropout
   * @param hash that of this model, for snapshots; may be empty
   * @throws CheckpointException for a target that the model lacks
   */
  public CausalLm withAdapter(AdapterConfig adapter, long seed, String hash) {
    CausalLm adapted = new CausalLm(this, adapter, seed, hash);
    RandomWeights.drawAdapter(adapted.parameters, parameters, seed);
    return adapted;
  }

  /** The frozen model below the adapter, if it has one; closed with this. */
  public Optional<CausalLm> base() {
    return base;
  }

  /** Shape and flags. */
  public ModelConfig config() {
    return config;
  }

  /**
   * Computes the products of projections, forwards and backwards, in this number format from the
   * next pass on. Parameters, gradients and what lies between the products stay float32; AUTO is
   * FP32.
   *
   * @throws ConfigException for bfloat16 and a model with experts, which rounding chooses otherwise
   */
  public void multiplyIn(Precision precision) {
    if (precision != Precision.BF16) {
      return;
    }
    Require.that(
        config.style().experts().isEmpty(),
        "learner.precision: bf16 (expected: fp32, because %s has experts, which rounding chooses"
            + " otherwise)",
        config.architecture());
    boolean ownHead =
        parameters.layout().shapes().keySet().stream()
            .map(AdapterModules::savedParameter)
            .anyMatch(saved -> saved.filter(name -> name.startsWith("lm_head")).isPresent());
    Require.that(
        !ownHead,
        "learner.precision: bf16 (expected: fp32, because policy.lora.modules-to-save has the head,"
            + " which would not round as that of the reference)");
    calls.roundProducts(base.map(CausalLm::parameters).orElse(parameters)::changes);
  }

  /** What its numbers depend on beside its weights: shape, flags, and products that round. */
  public String computation() {
    return config + (calls.rounds() ? " bf16" : "");
  }

  /** Draws the score head anew: normal, a function of {@code seed} alone. */
  public void drawScoreHead(double std, long seed) {
    RandomWeights.draw(parameters, ParameterLayout.SCORE, std, seed);
  }

  /** Its parameters. */
  public Parameters parameters() {
    return parameters;
  }

  /**
   * Its gradients, if there was a backward pass since they were last cleared: the sum over the
   * lanes, in their order.
   */
  public Optional<Parameters> gradients() {
    return gradients.sum();
  }

  /** Gives the gradients' memory back: the next backward pass starts from 0. */
  public void clearGradients() {
    gradients.close();
  }

  /**
   * A forward pass that can be driven backwards. It keeps, for each layer and token, {@code 3 D +
   * (2 H + 2 K) C + 2 F} numbers in {@code scope} (F the width of the MLP).
   *
   * @param temperature logits are divided by it; 0 (greedy) counts as 1
   * @param lane passes of different lanes may run at the same time, on other threads
   */
  public Forward forward(SequenceBatch batch, double temperature, TensorScope scope, int lane) {
    return forward(batch, temperature, Optional.empty(), OptionalLong.empty(), scope, lane);
  }

  /**
   * The same with the KL of another model to this one over the vocabulary.
   *
   * @param other distributions of the other model on the same batch, which share its vocabulary
   * @param mask which mask the inputs of the adapter are dropped by, if it has dropout: a function
   *     of this number and the adapter's seed; none without it
   */
  public Forward forward(
      SequenceBatch batch,
      double temperature,
      Optional<NextTokens> other,
      OptionalLong mask,
      TensorScope scope,
      int lane) {
    PackedBatch packed = packed(batch, scope);
    TrainCalls pass = calls.masked(mask);
    double scale = temperature > 0 ? 1 / temperature : 1;
    NDList results = pass.forward(packed.indices, packed.sizes, scale, true, scope);
    List<NDArray> columns = new ArrayList<>(results.subList(0, 3)); // [B, R] each
    NDList tape = new NDList(results.subList(3, results.size()));
    NDList distributions = new NDList();
    double otherCap = other.map(NextTokens::cap).orElse(0.0);
    if (other.isPresent()) {
      distributions.addAll(List.of(other.get().states(), other.get().head()));
      columns.add(
          calls.divergence(
              distributions, packed.indices, packed.sizes, scale, otherCap, tape, scope)); // [B, R]
    }
    return new Forward(
        columns,
        (logprobs, entropy, values, divergence, withEntropy) -> {
          List<NDArray> gradients = new ArrayList<>();
          for (NDArray column : List.of(logprobs, entropy)) {
            Shapes.require(column, "gradient", packed.rows, packed.width);
          }
          Shapes.require(values, "gradient", columns.get(2).getShape().getShape());
          gradients.addAll(List.of(logprobs, entropy, values));
          gradients.add(columns.get(1));
          NDList counted = divergence == null ? new NDList() : distributions;
          if (divergence != null) {
            Shapes.require(divergence, "gradient", packed.rows, packed.width);
            gradients.add(divergence);
          }
          pass.backward(
              this.gradients.of(lane),
              counted,
              packed.indices,
              packed.sizes,
              scale,
              otherCap,
              tape,
              gradients,
              withEntropy,
              scope);
        },
        false);
  }

  /** A forward pass that keeps nothing; its {@link Forward#backward} throws. */
  public Forward score(SequenceBatch batch, double temperature, TensorScope scope) {
    PackedBatch packed = packed(batch, scope);
    double scale = temperature > 0 ? 1 / temperature : 1;
    return new Forward(
        calls.forward(packed.indices, packed.sizes, scale, false, scope),
        (logprobs, entropy, values, divergence, withEntropy) -> {
          throw new IllegalStateException("backward of a scoring pass, which keeps no tape");
        },
        false);
  }

  /**
   * The distributions over the vocabulary at every response token of {@code batch}, to compare
   * another model with.
   */
  public NextTokens nextTokens(SequenceBatch batch, TensorScope scope) {
    return nextTokens(packed(batch, scope), scope);
  }

  /**
   * The last hidden states [rows, D], after the final norm, before the last token of each response;
   * each response has a token.
   */
  public NDArray statesBeforeLast(SequenceBatch batch, TensorScope scope) {
    return nextTokens(packed(batch, scope).ofLastTokens(scope), scope).states();
  }

  /**
   * Packs {@code batch}.
   *
   * @throws IllegalArgumentException for a token beyond the vocabulary, or a sequence beyond the
   *     positions of a model that ends there
   */
  private PackedBatch packed(SequenceBatch batch, TensorScope scope) {
    if (config.endsAtPositions()) {
      batch.requireWithin(config.maxPositions());
    }
    return PackedBatch.of(batch, config.vocabularySize(), scope);
  }

  private NextTokens nextTokens(PackedBatch packed, TensorScope scope) {
    NDList results = calls.states(packed.indices, packed.sizes, scope);
    return new NextTokens(results.get(0), results.get(1), config.style().logitCap());
  }

  /** Numbers of the distribution over the vocabulary that each response token was drawn from. */
  public VocabularyStatistics statistics(
      SequenceBatch batch, double temperature, TensorScope scope) {
    PackedBatch packed = packed(batch, scope);
    NextTokens next = nextTokens(packed, scope);
    NDList results =
        calls.statistics(
            new NDList(next.states(), next.head()),
            packed.indices,
            packed.sizes,
            temperature > 0 ? 1 / temperature : 1,
            next.cap(),
            scope);
    return new VocabularyStatistics(results.get(0), results.get(1));
  }

  private NDList views(Parameters numbers, InferenceScope scope) {
    return script.run(scope, "views", numbers.flat(), numbers.layout().blocks());
  }

  /**
   * The parameters as they are now, read in place: valid until they change. A value model's have
   * its value head, a reward model's its score head, those of one with an adapter that alone.
   */
  public WeightSnapshot snapshot(String model, PolicyVersion version) {
    WeightSnapshot own =
        parameters.snapshot(
            model, version, name -> heads == Heads.VALUE || !ParameterLayout.isScalarHead(name));
    return base.isPresent() ? new AdapterWeights(own, scale, baseHash) : own;
  }

  @Override
  public void close() {
    clearGradients();
    calls.close();
    owner.close();
    if (ownsScript) {
      script.close();
    }
    parameters.close();
    base.ifPresent(CausalLm::close);
  }
}
