package dev.kelpie.experience;

import java.util.List;
import java.util.Map;

/** What the actors see of a model that scores given text: the reference policy, a teacher. */
public interface LogprobScorer extends AutoCloseable {
  /**
   * Per-token log-probabilities of each response, log-softmax(logits / temperature) at the
   * trajectory's sampling temperature.
   */
  Map<SampleId, PerToken> score(List<Trajectory> trajectories);

  /**
   * Told of every published policy version, in order; the reference schedule (frozen, refreshed,
   * moving average, previous iterate) decides whether the scoring weights change.
   */
  void observe(WeightSnapshot published);

  @Override
  void close();
}
