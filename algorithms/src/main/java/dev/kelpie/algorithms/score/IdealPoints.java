package dev.kelpie.algorithms.score;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.RewardModelLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.reward.UserHead;
import java.util.function.Function;

/**
 * The ideal-point model of preferences: a user u has the ideal point {@code a_u = sum_k w_uk p_k},
 * a mixture of K prototypes that all users share, with weights on the simplex, {@code w_u =
 * softmax(l_u)}; of two responses he prefers the one whose vector is nearer to it. The loss is
 * {@code mean(-log sigmoid(|v_r - a_u|^2 - |v_c - a_u|^2))}. With one prototype all users are
 * alike, as with Bradley-Terry.
 *
 * <p>PAL, https://arxiv.org/abs/2406.08469, model A. Differs: the trunk is trained along, and v is
 * a linear map of its state instead of a small network.
 */
record IdealPoints(Options options) implements UserLoss {
  record Options(
      @Doc("prototypes of ideal points that all users share") int prototypes,
      @Doc("length of a response's vector") int dimension,
      @Doc("column of the pairs that names the user") String userColumn,
      @Doc("learning rate of prototypes and of the users' weights") double rate) {
    static final Options DEFAULTS = new Options(2, 8, "user", 0.05);

    Options {
      Require.that(
          prototypes >= 1 && prototypes <= MOST,
          "prototypes: %s (expected: 1 to %s)",
          prototypes,
          MOST);
      Require.that(
          dimension >= 2 && dimension <= MOST,
          "dimension: %s (expected: 2 to %s)",
          dimension,
          MOST);
      Require.that(!userColumn.isEmpty(), "user-column: empty (expected: the name of a column)");
      Require.positive("rate", rate);
    }
  }

  static final int MOST = 1024;

  @Override
  public UserNumbers numbers() {
    return new UserNumbers(
        options.userColumn,
        options.prototypes,
        options.dimension,
        options.prototypes,
        options.rate);
  }

  @Override
  public UserHead.Kind kind() {
    return UserHead.Kind.PAL;
  }

  @Override
  public int outputs() {
    return options.dimension;
  }

  @Override
  public NDArray evaluate(NDArray chosen, NDArray rejected, Function<String, NDArray> numbers) {
    NDArray weights = numbers.apply(OWN).softmax(1); // [N, K]
    NDArray ideals = weights.matMul(numbers.apply(SHARED)); // [N, O]
    NDArray odds = distances(rejected, ideals).sub(distances(chosen, ideals)); // [N, 1]
    return RewardModelLoss.bradleyTerry(odds, odds.zerosLike(), null, 0); // []
  }

  private static NDArray distances(NDArray vectors, NDArray ideals) {
    return vectors.sub(ideals).square().sum(new int[] {1}, true); // [N, 1]
  }

  @Override
  public PerToken point(float[] shared, float[] own) {
    PerToken weights = written(own);
    float[] point = new float[options.dimension];
    for (int k = 0; k < options.prototypes; k++) {
      for (int i = 0; i < point.length; i++) {
        point[i] += weights.get(k) * shared[k * point.length + i];
      }
    }
    return PerToken.of(point);
  }

  /** The weights of the prototypes. */
  @Override
  public PerToken written(float[] own) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : own) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (float logit : own) {
      sum += Math.exp(logit - largest);
    }
    float[] weights = new float[own.length];
    for (int k = 0; k < weights.length; k++) {
      weights[k] = (float) (Math.exp(own[k] - largest) / sum);
    }
    return PerToken.of(weights);
  }
}
