package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.util.List;
import java.util.Map;

/**
 * Self-certainty of a response (Kang et al. 2025, https://arxiv.org/abs/2502.18581): the mean over
 * its n tokens of the KL of the uniform distribution over the V tokens of the vocabulary to a
 * model's distribution, {@code -1/(n V) sum_t sum_v ln(V p(v | x, y_<t))}, in nats, at temperature
 * 1. 0 where every distribution is uniform; larger is more certain. A response without a token has
 * 0.
 */
public record SelfCertaintyReward(Options options) implements Reward {
  /** Options of the type {@code self-certainty}. */
  public record Options(@Doc("name of the model") String model) {
    public static final Options DEFAULTS = new Options("");
  }

  public SelfCertaintyReward {
    LogRatioReward.requireModel("model", options.model);
  }

  @Override
  public List<ScoreRequest> requests() {
    return List.of(ScoreRequest.ofCertainty(options.model));
  }

  @Override
  public Score score(Trajectory trajectory) {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) {
    PerToken certainty = numbers.get(ScoreRequest.ofCertainty(options.model).name());
    return new Score((float) (certainty.sum() / Math.max(1, certainty.length())), Map.of());
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "self-certainty-1 " + options;
  }
}
