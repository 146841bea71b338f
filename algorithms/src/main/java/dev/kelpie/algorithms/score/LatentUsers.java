package dev.kelpie.algorithms.score;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.preference.RewardModelLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.reward.UserHead;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Variational preference learning: a user has a latent variable z of Z numbers with the posterior
 * {@code q_u = N(m_u, diag(s_u^2))} and the prior N(0, I). A response with the vector v has the
 * score {@code r(v, z) = v_0 + z . (v_1 ... v_Z)}. The loss is the negative evidence lower bound of
 * a pair, {@code mean(-log sigmoid(r(v_c, z) - r(v_r, z)) + kl-coef KL(q_u || N(0, I)))} with z
 * drawn from q_u, once for both responses.
 *
 * <p>VPL, https://arxiv.org/abs/2408.10075, eq. 3. Differs: the posterior of a user is a mean and a
 * log-variance that are learned for this user, instead of the output of an encoder that reads the
 * user's comparisons; and the score is linear in z.
 */
record LatentUsers(Options options) implements UserLoss {
  record Options(
      @Doc("length of a user's latent variable") int latent,
      @Doc("factor of the KL of a user's posterior to the prior, for each pair") double klCoef,
      @Doc("column of the pairs that names the user") String userColumn,
      @Doc("learning rate of the users' posteriors") double rate) {
    static final Options DEFAULTS = new Options(4, 0.01, "user", 0.05);

    Options {
      Require.that(
          latent >= 1 && latent < IdealPoints.MOST,
          "latent: %s (expected: 1 to %s)",
          latent,
          IdealPoints.MOST - 1);
      Require.atLeast("kl-coef", klCoef, 0.0);
      Require.that(!userColumn.isEmpty(), "user-column: empty (expected: the name of a column)");
      Require.positive("rate", rate);
    }
  }

  @Override
  public UserNumbers numbers() {
    return new UserNumbers(options.userColumn, 0, 0, 2 * options.latent, options.rate);
  }

  @Override
  public UserHead.Kind kind() {
    return UserHead.Kind.VPL;
  }

  @Override
  public int outputs() {
    return options.latent + 1;
  }

  @Override
  public int noise() {
    return options.latent;
  }

  @Override
  public NDArray evaluate(NDArray chosen, NDArray rejected, Function<String, NDArray> numbers) {
    NDList posterior = numbers.apply(OWN).split(2, 1); // mean, log-variance [N, Z]
    NDArray mean = posterior.get(0); // [N, Z]
    NDArray logVariance = posterior.get(1); // [N, Z]
    NDArray deviation = mul(logVariance, 0.5f).exp(); // [N, Z]
    NDArray z = mean.add(deviation.mul(numbers.apply(NOISE))); // [N, Z]
    NDArray ranking =
        RewardModelLoss.bradleyTerry(scores(chosen, z), scores(rejected, z), null, 0); // []
    return ranking.add(mul(divergence(mean, logVariance).mean(), (float) options.klCoef)); // []
  }

  /**
   * KL of N(m, s^2) to N(0, 1), summed over the numbers of z: {@code (m^2 + s^2 - 1 - ln s^2) / 2}.
   *
   * @return [N, 1]
   */
  static NDArray divergence(NDArray mean, NDArray logVariance) {
    NDArray twice = mean.square().add(logVariance.exp()).sub(1).sub(logVariance); // [N, Z]
    return mul(twice.sum(new int[] {1}, true), 0.5f); // [N, 1]
  }

  private static NDArray scores(NDArray vectors, NDArray z) {
    NDList parts = vectors.split(new long[] {1}, 1); // [N, 1], [N, Z]
    return parts.get(0).add(parts.get(1).mul(z).sum(new int[] {1}, true)); // [N, 1]
  }

  @Override
  public PerToken point(float[] shared, float[] own) {
    return PerToken.of(Arrays.copyOf(own, options.latent));
  }

  /** Mean and log-variance. */
  @Override
  public PerToken written(float[] own) {
    return PerToken.of(own);
  }
}
