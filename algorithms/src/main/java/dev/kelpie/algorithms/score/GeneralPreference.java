package dev.kelpie.algorithms.score;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.preference.RewardModelLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.reward.PreferenceHead;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The loss of a preference head: {@code mean(-log sigmoid(c^T R r / tau))}, where c and r are the
 * vectors of the chosen and of the rejected response, see {@link PreferenceHead}.
 *
 * <p>General preference modelling, https://arxiv.org/abs/2410.02197. Differs: vectors are not
 * normalised, and the blocks of R have no scale that depends on the prompt.
 */
record GeneralPreference(Options options) implements ScoreLoss {
  record Options(
      @Doc("length of a response's vector, an even number") int dimension,
      @Doc("what the preference score is divided by before the sigmoid") double tau) {
    static final Options DEFAULTS = new Options(2, 0.1);

    private static final int LONGEST = 1024;

    Options {
      Require.that(
          dimension >= 2 && dimension % 2 == 0 && dimension <= LONGEST,
          "dimension: %s (expected: an even number, 2 to %s)",
          dimension,
          LONGEST);
      Require.positive("tau", tau);
    }
  }

  @Override
  public Set<String> columns() {
    return Set.of();
  }

  @Override
  public Optional<PreferenceHead> head() {
    return Optional.of(new PreferenceHead(options.dimension, options.tau));
  }

  @Override
  public NDArray evaluate(NDArray chosen, NDArray rejected, Function<String, NDArray> column) {
    NDArray odds = mul(form(chosen, rejected), (float) (1 / options.tau)); // [N, 1]
    return RewardModelLoss.bradleyTerry(odds, odds.zerosLike(), null, 0); // []
  }

  /** {@code c^T R r}: the sum over the blocks of {@code c_1 r_2 - c_2 r_1}. */
  private NDArray form(NDArray chosen, NDArray rejected) {
    int blocks = options.dimension / 2;
    NDList c = chosen.reshape(-1, blocks, 2).split(2, 2); // [N, k, 1] each
    NDList r = rejected.reshape(-1, blocks, 2).split(2, 2); // [N, k, 1] each
    NDArray terms = c.get(0).mul(r.get(1)).sub(c.get(1).mul(r.get(0))); // [N, k, 1]
    return terms.sum(new int[] {1}); // [N, 1]
  }
}
