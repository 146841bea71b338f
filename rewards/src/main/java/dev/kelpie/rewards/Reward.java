package dev.kelpie.rewards;

import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.reward.ScoreParts;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.rewards.remote.Connections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Scores responses.
 *
 * <p>A reward is called from several threads at once. It may be slow, and is interrupted after its
 * timeout. It throws an exception for a response that it cannot judge; the message is shown to
 * people. Such a sample counts as failed and is never trained on, unlike one with a score of 0.
 */
public interface Reward {
  /**
   * The score of one response. The text is {@code trajectory.text()}, the reference answer {@code
   * trajectory.prompt().answer()}, further columns of the data set {@code
   * trajectory.prompt().metadata()}.
   *
   * @throws Exception if there is no score, for whatever reason
   */
  Score score(Trajectory trajectory) throws Exception;

  /**
   * Log-probabilities under named models that {@link #score(Trajectory, SampleNumbers)} needs. They
   * are computed for every response before it is scored; a reward opens no model itself.
   */
  default List<ScoreRequest> requests() {
    return List.of();
  }

  /**
   * The same for a response of an evaluation, which may be scored by more than those of training.
   */
  default List<ScoreRequest> evaluationRequests() {
    return requests();
  }

  /**
   * Whether its values are normalised by its own values of the steps before. Each score then has
   * the value before as its part {@link ScoreParts#UNSCALED}.
   */
  default boolean running() {
    return false;
  }

  /** The same reward, normalised by its values so far; only a {@link #running} one is another. */
  default Reward scaled(Scale soFar) {
    return this;
  }

  /** The same for rewards by their names, of which this one is made. */
  default Reward scaled(Map<String, Scale> soFar) {
    return this;
  }

  /**
   * The score of one response whose {@link #requests} were computed.
   *
   * @throws Exception if there is no score, for whatever reason
   */
  default Score score(Trajectory trajectory, SampleNumbers numbers) throws Exception {
    return score(trajectory);
  }

  /**
   * The columns of the data set that {@code score} looks for in the prompt's metadata. Only these
   * are read, kept and sent to the processes that score; a reward that needs fewer than all of them
   * says so here.
   */
  default MetadataColumns columns() {
    return MetadataColumns.ALL;
  }

  /**
   * Refuses a prompt whose reference answer this reward cannot compare with. Called for every
   * prompt of {@code data.path} and {@code eval.path} before a run; it is quick, and asks nobody.
   *
   * @throws RewardException with the answer and what is expected; the caller names the prompt
   */
  default void checkAnswer(Prompt prompt) throws RewardException {}

  /** Whether servers score for it, which may be slow, and cost money. */
  default boolean isRemote() {
    return false;
  }

  /** Names of the models of servers that it asks. */
  default Set<String> remoteModels() {
    return Set.of();
  }

  /** The same reward, with the connections of a run. */
  default Reward connect(Connections connections) {
    return this;
  }

  /** Responses that may be scored at the same time. */
  default int concurrency() {
    return 1;
  }

  /** Why it can score no more responses in this run, which then stops; empty while it can. */
  default Optional<String> exhausted() {
    return Optional.empty();
  }

  /**
   * Identifies this reward and its options: rewards that may give different scores have different
   * versions. Recorded with the run.
   */
  String version();
}
