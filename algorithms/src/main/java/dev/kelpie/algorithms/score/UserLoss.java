package dev.kelpie.algorithms.score;

import ai.djl.ndarray.NDArray;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.reward.UserHead;
import java.util.Set;
import java.util.function.Function;

/**
 * A loss over pairs of users who may differ in their tastes. It has numbers of its own, which are
 * learned beside the model: some that all users share, and some of each user.
 */
public interface UserLoss extends ScoreLoss {
  /** Asks {@link #evaluate} for the shared numbers [S, C], a leaf. */
  String SHARED = "shared";

  /** Asks {@link #evaluate} for the numbers of the user of each pair [N, W], a leaf. */
  String OWN = "own";

  /** Asks {@link #evaluate} for normal random numbers [N, Z]. */
  String NOISE = "noise";

  /** What is learned beside the model, and how. */
  UserNumbers numbers();

  /** How scores are made of vectors and points. */
  UserHead.Kind kind();

  /** Numbers of {@link #NOISE} for a pair, Z. */
  default int noise() {
    return 0;
  }

  /**
   * The point of a user.
   *
   * @param shared the shared numbers [S, C], row by row
   * @param own the user's, W
   */
  PerToken point(float[] shared, float[] own);

  /** The numbers of a user as files have them, from {@code own}. */
  PerToken written(float[] own);

  /**
   * The mean loss [] over N pairs.
   *
   * @param chosen vectors of the better responses [N, O], a leaf
   * @param rejected those of the worse responses, likewise
   * @param numbers has those called {@link #SHARED}, {@link #OWN} and {@link #NOISE}
   */
  @Override
  NDArray evaluate(NDArray chosen, NDArray rejected, Function<String, NDArray> numbers);

  @Override
  default Set<String> columns() {
    return Set.of();
  }
}
