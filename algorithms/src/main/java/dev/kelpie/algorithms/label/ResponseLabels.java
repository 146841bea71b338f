package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Doc;
import java.util.Optional;

/**
 * All labels of single responses, by the name that {@code algorithm.response-label.type} gives:
 *
 * <ul>
 *   <li>all: every response is desirable
 *   <li>threshold: a response whose score reaches {@code at} is desirable; the target is the score
 *   <li>mean: one above the mean score of its group is desirable, one below is not; one at the mean
 *       has no label
 *   <li>best: those of the highest score of their group are desirable; where all scores are equal
 *       there is no label
 *   <li>score: the target is {@code scale} times the score
 *   <li>win-rate: the target is the mean probability to beat the other responses of the group
 *   <li>repetition: the target is the number of tokens of the sentence that the response repeats
 * </ul>
 */
public final class ResponseLabels {
  private ResponseLabels() {}

  record ThresholdOptions(@Doc("lowest score of a desirable response") double at) {
    static final ThresholdOptions DEFAULTS = new ThresholdOptions(0.5);
  }

  record ScoreOptions(@Doc("factor of the score") double scale) {
    static final ScoreOptions DEFAULTS = new ScoreOptions(1);
  }

  public static Catalog<ResponseLabelRule> catalog() {
    return Catalog.<ResponseLabelRule>of("response label")
        .add("all", (response, group) -> Optional.of(ResponseLabel.of(true, 0)))
        .add("threshold", ThresholdOptions.DEFAULTS, Threshold::new)
        .add("mean", new ComparedLabel(false))
        .add("best", new ComparedLabel(true))
        .add("score", ScoreOptions.DEFAULTS, ScoreTarget::new)
        .add("win-rate", ResponseWinRate.Options.DEFAULTS, ResponseWinRate::new)
        .add("repetition", new RepetitionLabel());
  }

  /**
   * The rule of a block; of an empty one {@code all}.
   *
   * @throws dev.kelpie.config.ConfigException for an unknown type, key or value
   */
  public static ResponseLabelRule of(ConfigBlock block) {
    return block.values().isEmpty() ? catalog().create("all", block) : catalog().create(block);
  }

  private record Threshold(ThresholdOptions options) implements ResponseLabelRule {
    @Override
    public Optional<ResponseLabel> label(Candidate response, Group group) {
      return Optional.of(ResponseLabel.of(response.score() >= options.at(), response.score()));
    }

    @Override
    public boolean makesDesirable() {
      return true;
    }

    @Override
    public boolean makesTargets() {
      return true;
    }
  }

  private record ScoreTarget(ScoreOptions options) implements ResponseLabelRule {
    @Override
    public Optional<ResponseLabel> label(Candidate response, Group group) {
      return Optional.of(ResponseLabel.of(true, options.scale() * response.score()));
    }

    @Override
    public boolean makesTargets() {
      return true;
    }
  }
}
