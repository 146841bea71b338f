package dev.kelpie.model;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.architecture.ModelConfig;
import java.util.List;
import java.util.Locale;

/**
 * A version of a policy that is ready to generate: weights packed for the processor and the script
 * that runs prompts and draws many tokens per call. Frozen: nothing here records a graph.
 *
 * <p>The same weights and calls give the same bits, for a given number of native threads. All calls
 * are made from one {@link dev.kelpie.tensors.NativeThread}.
 */
public final class DecodeModel implements AutoCloseable {
  private final ModelConfig config;
  private final Kernels kernels;
  private final PackedWeights weights;
  private final PolicyVersion version;

  private DecodeModel(
      ModelConfig config, Kernels kernels, PackedWeights weights, PolicyVersion version) {
    this.config = config;
    this.kernels = kernels;
    this.weights = weights;
    this.version = version;
  }

  /**
   * Reads and packs {@code weights}, which are not needed afterwards.
   *
   * @param kernels the program and its number format; it stays the caller's and outlives the model
   * @throws IllegalArgumentException naming the first tensor that is missing, extra or misshapen
   */
  public static DecodeModel load(Kernels kernels, ModelConfig config, WeightSnapshot weights) {
    PackedWeights packed = PackedWeights.pack(kernels, config, weights);
    return new DecodeModel(config, kernels, packed, weights.version());
  }

  /** The version of the weights. */
  public PolicyVersion version() {
    return version;
  }

  /**
   * Runs the prompts, each once, and makes a row for each of its samples: row {@code r} continues
   * prompt {@code r / samples}.
   *
   * @param stops ids that end a row, never drawn where {@code sampling} ignores them
   * @return the rows, before their first token; the caller closes them
   */
  public DecodeBatch begin(
      List<TokenIds> prompts, int samples, Sampling sampling, StopTokens stops) {
    for (TokenIds prompt : prompts) {
      requireKnown(prompt);
      if (config.endsAtPositions()) {
        SequenceBatch.requireWithin(
            config.maxPositions(), prompt.length() + sampling.maxNewTokens());
      }
    }
    return new DecodeBatch(config, kernels.script(), weights, prompts, samples, sampling, stops);
  }

  /**
   * The same with tokens drawn from the geometric mixture of this model and {@code reference}:
   * logits {@code coef reference + (1 - coef) this}, as TRL's {@code GeometricMixtureWrapper}. The
   * two have one vocabulary and use the same program.
   */
  public SampledBatch beginMixture(
      DecodeModel reference,
      double coef,
      List<TokenIds> prompts,
      int samples,
      Sampling sampling,
      StopTokens stops) {
    if (reference.config.vocabularySize() != config.vocabularySize()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "mixture with a vocabulary of %d (expected: that of the policy, %d)",
              reference.config.vocabularySize(),
              config.vocabularySize()));
    }
    DecodeBatch policy = begin(prompts, samples, sampling, stops);
    try {
      return new MixtureBatch(
          kernels.script(), reference.begin(prompts, samples, sampling, stops), policy, coef);
    } catch (Throwable e) {
      policy.close();
      throw e;
    }
  }

  private void requireKnown(TokenIds prompt) {
    for (int id : prompt.toArray()) {
      if (id < 0 || id >= config.vocabularySize()) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "prompt token: %d (expected: in [0, vocab_size = %d))",
                id,
                config.vocabularySize()));
      }
    }
  }

  /** Gives back all memory of the weights. */
  @Override
  public void close() {
    weights.close();
  }
}
