package dev.kelpie.actors.plan;

import dev.kelpie.config.IterationOptions;
import dev.kelpie.runs.ReplayedGroup;
import dev.kelpie.runs.RunLog;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's part that follows the iterations: writes their events into the journal, and
 * knows the weights that sample the present one.
 */
public final class IterationLog {
  private final IterationOptions options;
  private final IterationSchedule schedule;
  private final RunLog log;
  private @Nullable PublishedWeights start;

  public IterationLog(IterationOptions options, IterationSchedule schedule, RunLog log) {
    this.options = options;
    this.schedule = schedule;
    this.log = log;
  }

  /**
   * The learner is open, after {@code step}.
   *
   * @param current its weights
   * @param began those that the iteration began with, where they are others
   */
  public void learnerReady(long step, PublishedWeights current, Optional<PublishedWeights> began) {
    start = began.orElse(current);
    record(step, schedule.begun(), current);
  }

  /**
   * A step was trained; called before it is committed.
   *
   * @param discardedTo hash of the weights that it was trained from after a discarded branch; empty
   *     where none ended
   */
  public void trained(long step, String discardedTo, List<ReplayedGroup> replayed) {
    if (!discardedTo.isEmpty()) {
      log.branchDiscarded(step - 1, options.continuesFrom(step), discardedTo);
    }
    log.replayed(step, replayed);
  }

  /** A step is committed; its weights are about to be published. */
  public void committed(long step, PublishedWeights current) {
    record(step, schedule.committed(step), current);
  }

  private void record(long step, List<IterationSchedule.Event> events, PublishedWeights current) {
    for (IterationSchedule.Event event : events) {
      if (event instanceof IterationSchedule.Began began) {
        log.iterationBegan(step, began.iteration(), current.weightsSha256());
      } else if (event instanceof IterationSchedule.Advanced advanced) {
        log.advanced(step, advanced.operator(), current.weightsSha256());
      }
    }
    if (options.boundary(step)) {
      start = current;
    }
  }

  /** The weights that units may be sampled with: the current ones and the iteration's. */
  public List<PublishedWeights> sampling(PublishedWeights current) {
    PublishedWeights began = start;
    return began == null ? List.of(current) : List.of(current, began);
  }
}
