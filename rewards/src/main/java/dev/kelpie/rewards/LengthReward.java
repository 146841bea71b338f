package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.SoftOverlong;
import java.util.Map;

/**
 * Shapes the length of responses; to be added to a reward for content.
 *
 * <p>{@code per-token * n - penalty * overlong(n)} for a response of n tokens, where overlong is
 * the soft punishment of DAPO (https://arxiv.org/abs/2503.14476, eq. 13, there with the sign): 0 up
 * to {@code limit - buffer}, growing linearly to 1 at {@code limit}, 1 beyond. Without a buffer it
 * is 1 for responses that were cut off or are longer than the limit.
 */
public record LengthReward(Options options) implements Reward {
  /** Options of the type {@code length}. */
  public record Options(
      @Doc("length at which the whole penalty is due, in tokens; 0: rollout.max-new-tokens")
          int limit,
      @Doc("length over which the penalty grows, in tokens, up to the limit") int buffer,
      @Doc("what a response at the limit loses") double penalty,
      @Doc("added for every token; negative values favour short responses") double perToken) {
    public static final Options DEFAULTS = new Options(0, 0, 1, 0);

    public Options {
      Require.atLeast("limit", limit, 0);
      Require.that(
          buffer >= 0 && (limit == 0 || buffer <= limit),
          "buffer: %s (expected: in [0, limit = %s])",
          buffer,
          limit);
      Require.atLeast("penalty", penalty, 0.0);
      Require.that(
          Double.isFinite(perToken), "per-token: %s (expected: a finite number)", perToken);
    }
  }

  @Override
  public Score score(Trajectory trajectory) {
    int length = trajectory.response().length();
    double value = options.perToken() * length - options.penalty() * overlong(trajectory, length);
    return new Score((float) value, Map.of());
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "length-1 " + options;
  }

  /** In [0, 1]. */
  private double overlong(Trajectory trajectory, int length) {
    int limit = options.limit() > 0 ? options.limit() : trajectory.sampling().maxNewTokens();
    if (options.buffer() == 0) {
      return length > limit || trajectory.finishReason() == FinishReason.LENGTH ? 1 : 0;
    }
    return SoftOverlong.penalty(length, limit, options.buffer());
  }
}
