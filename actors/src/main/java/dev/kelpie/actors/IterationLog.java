package dev.kelpie.actors;

import dev.kelpie.actors.plan.IterationSchedule;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.runs.RunLog;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's part that follows the iterations: writes their events into the journal, and
 * knows the weights that sample the present one.
 */
final class IterationLog {
  private final IterationOptions options;
  private final IterationSchedule schedule;
  private final RunLog log;
  private @Nullable PublishedWeights start;

  IterationLog(IterationOptions options, IterationSchedule schedule, RunLog log) {
    this.options = options;
    this.schedule = schedule;
    this.log = log;
  }

  /** The learner is open, after {@code step}. */
  void learnerReady(long step, LearnerMessage.LearnerReady ready) {
    start = ready.start().orElse(ready.weights());
    record(step, schedule.begun(), ready.weights());
  }

  /** A step was trained; called before it is committed. */
  void trained(long step, LearnerMessage.Trained done) {
    if (!done.discardedTo().isEmpty()) {
      log.branchDiscarded(step - 1, options.continuesFrom(step), done.discardedTo());
    }
    log.replayed(step, done.replayed());
  }

  /** A step is committed; its weights are about to be published. */
  void committed(long step, PublishedWeights current) {
    record(step, schedule.committed(step), current);
  }

  private void record(long step, List<IterationSchedule.Event> events, PublishedWeights current) {
    for (IterationSchedule.Event event : events) {
      if (event instanceof IterationSchedule.Began began) {
        log.iterationBegan(step, began.iteration(), current.policySha256());
      } else if (event instanceof IterationSchedule.Advanced advanced) {
        log.advanced(step, advanced.operator(), current.policySha256());
      }
    }
    if (options.boundary(step)) {
      start = current;
    }
  }

  /** The weights that units may be sampled with: the current ones and the iteration's. */
  List<PublishedWeights> sampling(PublishedWeights current) {
    PublishedWeights began = start;
    return began == null ? List.of(current) : List.of(current, began);
  }
}
