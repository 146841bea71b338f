package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.util.List;
import java.util.Map;

/**
 * How similar a model finds the response and another text: the cosine of their mean last hidden
 * states, each text by itself. 1 for equal texts. Read as a distance it is 1 - cosine, from 0 to 2.
 */
public record SimilarityReward(Options options) implements Reward {
  private static final String PROMPT = "prompt";
  private static final String ANSWER = "answer";

  /** Which number is the reward's value. */
  public enum Read {
    COSINE,
    /** 1 - cosine; 0 for equal texts. */
    DISTANCE
  }

  /** Options of the type {@code similarity}. */
  public record Options(
      @Doc("name of the model, a language model or a classifier") String model,
      @Doc("the other text: prompt, answer, or a column of the data set") String to,
      @Doc("cosine; distance: 1 - cosine") Read read) {
    public static final Options DEFAULTS = new Options("", ANSWER, Read.COSINE);
  }

  public SimilarityReward {
    ModelNumbers.requireModel("model", options.model);
    Require.that(
        !options.to.isEmpty(), "to: missing (expected: prompt, answer or the name of a column)");
    Require.that(
        !options.to.equals("response"),
        "to: response (expected: another text, because it is the response that is compared)");
  }

  private ScoreRequest response() {
    return ScoreRequest.ofState(options.model, "{response}");
  }

  private ScoreRequest other() {
    return ScoreRequest.ofState(options.model, "{" + options.to + "}");
  }

  @Override
  public List<ScoreRequest> requests() {
    return List.of(response(), other());
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws RewardException {
    PerToken own = state(response(), "response", numbers);
    PerToken other = state(other(), options.to, numbers);
    double product = 0;
    double ownSquares = 0;
    double otherSquares = 0;
    for (int d = 0; d < own.length(); d++) {
      product += (double) own.get(d) * other.get(d);
      ownSquares += (double) own.get(d) * own.get(d);
      otherSquares += (double) other.get(d) * other.get(d);
    }
    double cosine = product / Math.sqrt(ownSquares * otherSquares);
    if (!Double.isFinite(cosine)) {
      throw new RewardException("model " + options.model + ": states that are not finite, or 0");
    }
    double value = options.read == Read.DISTANCE ? 1 - cosine : cosine;
    return new Score((float) value, Map.of());
  }

  private static PerToken state(ScoreRequest request, String text, SampleNumbers numbers)
      throws RewardException {
    PerToken state = numbers.get(request.name());
    if (state.length() == 0) {
      throw new RewardException(
          text
              + ": empty, or longer than the positions of the model "
              + request.model()
              + " (expected: a text to compare)");
    }
    return state;
  }

  /** Refuses a row that has nothing to compare with. */
  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    if (options.to.equals(PROMPT)) {
      return;
    }
    String text =
        options.to.equals(ANSWER)
            ? prompt.answer().orElse("")
            : prompt.metadata().getOrDefault(options.to, "");
    if (text.isEmpty()) {
      throw new RewardException(options.to + ": none (expected: a text to compare with)");
    }
  }

  @Override
  public MetadataColumns columns() {
    return options.to.equals(PROMPT) || options.to.equals(ANSWER)
        ? MetadataColumns.NONE
        : MetadataColumns.of(options.to);
  }

  @Override
  public String version() {
    return "similarity-1 " + options;
  }
}
