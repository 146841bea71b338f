package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.reward.ScoreParts;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.util.List;
import java.util.Map;

/**
 * The score of a reward model, or another sequence classifier, for prompt and response together.
 * Normalised it is {@code (s - mean) / std}, by fixed numbers or by those of the scores of all
 * steps before.
 *
 * @param scale the scores so far, where they normalise it
 */
public record ModelReward(Options options, Scale scale) implements Reward {
  /** What of the model's output is the score. */
  enum Read {
    /** The output itself. */
    SCORE,
    /** Its probability: its softmax among the labels, of a single one its sigmoid. */
    PROBABILITY
  }

  /** What the score is normalised by. */
  enum Normalize {
    NONE,
    /** By {@code mean} and {@code std}. */
    FIXED,
    /** By the scores of the steps before; by {@code mean} and {@code std} until there are some. */
    RUNNING
  }

  /** Options of the type {@code model}. */
  public record Options(
      @Doc("name of the model, a classifier") String model,
      @Doc("score: the model's output; probability: its softmax or sigmoid") Read read,
      @Doc("none; fixed: (score - mean) / std; running: by the scores of all steps before")
          Normalize normalize,
      @Doc("mean that is taken off; with running, until there are scores") double mean,
      @Doc("deviation that it is divided by; with running, until there are scores") double std,
      @Doc("limit of its size, after it is normalised; 0: none") double clip) {
    public static final Options DEFAULTS = new Options("", Read.SCORE, Normalize.NONE, 0, 1, 0);

    public Options {
      Require.that(Double.isFinite(mean), "mean: %s (expected: a finite number)", mean);
      Require.that(Double.isFinite(std) && std > 0, "std: %s (expected: a number above 0)", std);
      Require.that(
          Double.isFinite(clip) && clip >= 0, "clip: %s (expected: at least 0; 0: none)", clip);
      Require.that(
          normalize != Normalize.NONE || (mean == 0 && std == 1),
          "normalize: none (expected: fixed or running, because mean = %s, std = %s)",
          mean,
          std);
    }
  }

  /** A reward that has given no score yet. */
  public ModelReward(Options options) {
    this(options, Scale.NONE);
  }

  public ModelReward {
    ModelNumbers.requireModel("model", options.model);
  }

  private ScoreRequest request() {
    return options.read == Read.PROBABILITY
        ? ScoreRequest.ofProbability(options.model)
        : ScoreRequest.ofScore(options.model);
  }

  @Override
  public List<ScoreRequest> requests() {
    return List.of(request());
  }

  /** Whether its own scores change how later ones are normalised. */
  @Override
  public boolean running() {
    return options.normalize == Normalize.RUNNING;
  }

  @Override
  public Reward scaled(Scale soFar) {
    return running() ? new ModelReward(options, soFar) : this;
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws RewardException {
    double score = ModelNumbers.score(request(), numbers);
    double value =
        switch (options.normalize) {
          case NONE -> score;
          case FIXED -> (score - options.mean) / options.std;
          case RUNNING -> normalised(score);
        };
    double kept =
        options.clip == 0 ? value : Math.max(-options.clip, Math.min(options.clip, value));
    return new Score(
        (float) kept, running() ? Map.of(ScoreParts.UNSCALED, (float) score) : Map.of());
  }

  private double normalised(double score) {
    double deviation = scale.deviation();
    return deviation == 0
        ? (score - options.mean) / options.std
        : (score - scale.mean()) / deviation;
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "model-1 " + options;
  }
}
