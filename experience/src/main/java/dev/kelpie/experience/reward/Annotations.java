package dev.kelpie.experience.reward;

import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import java.util.List;

/**
 * Judgements of the responses of a run, which arrive while it goes on. A reward model is trained on
 * them in the loop: {@link #join} before the scores of a step are made, {@link #record} after. Both
 * return without waiting for a judgement, unless the experiment has some patience. Which judgement
 * joined which step is kept in the run folder; a resumed run joins the same ones.
 */
public interface Annotations extends AutoCloseable {
  /**
   * A judged response.
   *
   * @param value in [0, 1]
   */
  record Annotation(TokenIds prompt, TokenIds response, double value) {}

  /**
   * How far the judging is.
   *
   * @param waiting texts without a judgement yet
   * @param failed texts whose judgement failed; they are not asked again by this process
   * @param leftOut texts that were not taken because too many waited
   */
  record Progress(int waiting, long failed, long leftOut) {}

  /**
   * What joins {@code step}, in the order in which the texts were offered: what has arrived, or
   * what an earlier process has recorded for the step.
   */
  List<Annotation> join(long step);

  /**
   * Records the scores of a step and offers its responses; each distinct text is judged once.
   *
   * @param version of the model that made the scores
   * @param scores one for each of {@code responses}
   */
  Progress record(long step, long version, List<ScoredTrajectory> responses, double[] scores);

  /** Ends the judging. */
  @Override
  void close();
}
